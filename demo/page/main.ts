import { defineAgentTrace, type RewindRequest } from 'smolagents-web/trace-viewer';
import { chosenSource, offerBrowserModel, problemOfForm, readChoices, showSource } from './choices';
import type { Conductor } from './conductor';
import { type Address, DeepLink } from './deep-link';
import { takeFiles } from './dropped-files';
import { keepChoices, restoreChoices } from './kept-choices';
import { hearKeys } from './keys';
import { Pace } from './pace';
import { part } from './parts';
import { hideProblem, showProblem } from './problem';
import { programText } from './program-text';
import { chosenSample, SAMPLES, type Sample } from './samples';
import { askServer, problemOfServer, type Server, showServer, UNKNOWN_SERVER } from './server';
import { type View, Views } from './views';

const views = new Views();
const pace = new Pace();
const link = new DeepLink(views, openAddress);
const recorded = new Map<Sample, View>();
/** Ids of the server's runs and traces that are on their way, or being read. */
const opening = new Set<string>();
let server: Server = UNKNOWN_SERVER;
let conductor: Promise<Conductor> | undefined;
/** The recording that is being played. */
let played: { sample: Sample; end: Promise<void> } | undefined;

defineAgentTrace();
restoreChoices();
wire();
showRecorded(SAMPLES[0]);
showForm();
part('phoenix-command', HTMLElement).textContent =
  `PHOENIX_ALLOWED_ORIGINS=${location.origin} python3 -m phoenix.server.main serve`;
void offerBrowserModel();
link.openAddress();
void knowServer();

/** What runs agents is fetched when it is first wanted. */
async function withConductor(use: (conductor: Conductor) => Promise<void> | void): Promise<void> {
  conductor ??= import('./conductor').then((room) => new room.Conductor(views, pace));
  conductor.catch(() => {
    conductor = undefined; // asked for again at the next press
  });
  await use(await conductor);
}

/** The recording's tab in front; it is made when it is first wanted. */
function showRecorded(sample: Sample): View {
  const view = recorded.get(sample) ?? addRecorded(sample);
  views.show(view);
  return view;
}

function addRecorded(sample: Sample): View {
  const { title, about, name, file } = sample;
  const view = views.add(title, ['Recorded run,', about], {
    isRecording: true,
    address: sample === SAMPLES[0] ? {} : { recording: name },
  });
  recorded.set(sample, view);
  view.viewer.setAttribute('src', file);
  return view;
}

/** The form as it is chosen, and in front the recording that Play plays. */
function showForm(): void {
  const sample = chosenSample();
  showSource(sample.task);
  showServer(server);
  showProgram();
  showButtons();
  if (chosenSource() === 'recording') showRecorded(sample);
}

/** Shows what an address names and is not open; the recorded run where it names none. */
function openAddress(address: Address | undefined, span: string | null): void {
  const at = (view: View) => {
    if (span !== null) view.viewer.setAttribute('span', span);
    return view;
  };
  const { kind = 'recording', id, branch } = address ?? { id: SAMPLES[0].name };
  if (kind === 'recording') {
    const sample = SAMPLES.find(({ name }) => name === id);
    if (sample) at(showRecorded(sample));
    return;
  }
  const what = kind === 'run' ? 'Run of this server' : 'Trace of this server';
  const more = branch ? `. By its address a branch of the run ${branch.of}, from step ${branch.step} on` : '';
  const note = `${id}${more}.`;
  const show = () => at(views.add(what, [`${what},`, note], { address: { [kind]: id, ...branch } }));
  if (opening.has(id)) return; // Back and Forward were pressed faster than it came
  opening.add(id);
  const opened = withConductor((one) => (kind === 'run' ? one.open(id, show, branch) : one.openTrace(id, show)));
  void opened.finally(() => opening.delete(id));
}

/** Takes the run in front off the page, and stops it where it goes on. In the end the recorded run is left. */
function closeShown(): void {
  const view = views.current;
  if (!view || !canClose(view)) return;
  void conductor?.then((one) => one.leave(view));
  for (const [sample, shown] of recorded) if (shown === view) recorded.delete(sample);
  if (views.all.length === 1) showRecorded(SAMPLES[0]);
  views.close(view);
}

function canClose(view: View): boolean {
  return views.all.length > 1 || view !== recorded.get(SAMPLES[0]);
}

function prepare(view: View): void {
  const { viewer } = view;
  viewer.setAttribute('rewind', '');
  viewer.addEventListener('rewind', (event) => {
    const { detail } = event as CustomEvent<RewindRequest>;
    void withConductor((one) => one.rewind(view, detail));
  });
  viewer.addEventListener('traceopen', (event) => {
    event.preventDefault(); // it would be shown in place of the run
    for (const file of (event as CustomEvent<{ files: readonly File[] }>).detail.files) openFile(file);
  });
  viewer.addEventListener('spanselect', () => link.keep(view));
}

/** A file opens in a tab of its own. */
function openFile(file: File): void {
  const view = views.add(file.name, ['A file of yours,', 'read in this page. Nothing was sent.'], {
    isRecording: true,
  });
  view.viewer.load(file).catch(() => {}); // said in the viewer
}

function wire(): void {
  views.onAdd = prepare;
  views.onAddress = (view) => link.keep(view);
  views.onChoose = (view) => link.keep(view);
  views.onDelete = closeShown;
  views.onShow = (view) => {
    const close = part('close', HTMLButtonElement);
    close.hidden = !canClose(view);
    close.setAttribute('aria-label', `Close “${view.title}”`);
    for (const [sample, shown] of recorded) if (shown === view) part('sample', HTMLSelectElement).value = sample.name; // what is in front is what Play plays
    showButtons();
    void conductor?.then((one) => one.refresh());
  };
  on('close', 'click', closeShown);
  on('ask', 'submit', () => void begin());
  on('skip', 'click', () => views.current?.tab.focus());
  on('stop', 'click', () => void withConductor((one) => one.stop()));
  on('pause', 'click', () => void setPlaying(false));
  on('step', 'click', async () => {
    await endOther();
    pace.step();
    await playIfNeeded();
  });
  on('speed', 'change', () => {
    pace.speed = Number(part('speed', HTMLSelectElement).value);
  });
  takeFiles(openFile);
  on('follow-up', 'submit', () => void askOn());
  on('open-hosted', 'click', openHosted);
  on('phoenix-form', 'submit', () => void sendTraces());
  on('sign-in', 'click', () => void import('./hub-form').then((form) => form.signInHere()));
  on('code', 'toggle', showProgram);
  on('ask', 'input', keepChoices);
  on('ask', 'change', () => {
    hideProblem();
    showForm();
    keepChoices();
    void conductor?.then((one) => {
      if (!one.isRunning) part('status', HTMLParagraphElement).textContent = ''; // how the run before ended says nothing of this choice
      one.refresh();
    });
    const { current } = views;
    if (current && chosenSource() === 'recording') link.keep(current); // it is in front again after a reload
  });
  addEventListener('error', ({ error, message }) => reportFailure(error ?? message));
  addEventListener('unhandledrejection', ({ reason }) => reportFailure(reason));
  hearKeys(() => void conductor?.then((one) => one.stop()));
}

async function askOn(): Promise<void> {
  const field = part('next-task', HTMLInputElement);
  const { current } = views;
  const task = field.value;
  field.value = '';
  if (current) await withConductor((one) => one.ask(current, task));
}

/** What the field names: 32 hexadecimal digits are a trace, and the dashes of a UUID make it a run. */
function openHosted(): void {
  const field = part('hosted-id', HTMLInputElement);
  const id = field.value.trim();
  const kind = /^[0-9a-f]{32}$/.test(id) ? 'trace' : 'run';
  const isId = kind === 'trace' || /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
  field.setCustomValidity(
    isId ? '' : 'A run has an id of 36 letters, digits and dashes, a trace one of 32 digits and letters a to f.',
  );
  if (field.reportValidity()) openAddress({ kind, id }, null);
}

/** What nobody expected is said in the page as well: its visitor sees no console. */
function reportFailure(error: unknown): void {
  const what = error instanceof Error ? error.message : String(error);
  const next = navigator.onLine
    ? 'A part of the page is missing or failed. Load it again.'
    : 'This browser is offline, and a part of the page was not fetched yet. Connect it, and press again.';
  showProblem({ what: `The page failed: ${what}.`, next });
}

/** The model of this server is offered as far as the server has one. */
async function knowServer(): Promise<void> {
  server = await askServer();
  showServer(server);
  const choice = part('worker-source', HTMLInputElement);
  if (!choice.disabled || !choice.checked) return;
  part('recording-source', HTMLInputElement).checked = true; // another server had one when it was chosen
  showForm();
}

async function begin(): Promise<void> {
  if (chosenSource() === 'recording') return setPlaying(true);
  const problem = (chosenSource() === 'worker' && problemOfServer(server)) || problemOfForm();
  if (problem) return showProblem(problem);
  part('settings', HTMLDetailsElement).open = false; // the run is what is looked at now
  await withConductor((one) => one.run(part('task', HTMLTextAreaElement).value));
}

async function setPlaying(isPlaying: boolean): Promise<void> {
  await endOther();
  if (isPlaying) pace.play();
  else pace.pause();
  showButtons();
  if (played) part('status', HTMLParagraphElement).textContent = isPlaying ? 'Running' : 'Paused';
  if (isPlaying) await playIfNeeded();
}

/** What is pressed is meant for the recording that is chosen: another one is played no more. */
async function endOther(): Promise<void> {
  const other = played;
  if (!other || other.sample === chosenSample()) return;
  played = undefined; // nor does it begin, where its file is still being read
  await withConductor((one) => one.stop());
  await other.end.catch(() => {}); // said when it failed
}

/** Plays the recording from its beginning, where it is not being played. */
async function playIfNeeded(): Promise<void> {
  const sample = chosenSample();
  played ??= { sample, end: play(sample) };
  const mine = played;
  try {
    await mine.end;
  } finally {
    if (played === mine) played = undefined;
  }
}

async function play(sample: Sample): Promise<void> {
  const view = showRecorded(sample);
  try {
    const reply = await fetch(sample.file);
    const json: unknown = await reply.json();
    await view.viewer.load(json); // what was played before is not gone on with
    if (played?.sample === sample) await withConductor((one) => one.play(view, json));
  } finally {
    pace.pause();
    showButtons();
  }
}

/** Play and Pause are one place, which is the recording's while it is chosen. */
function showButtons(): void {
  const isMeant = chosenSource() === 'recording' && (!played || played.sample === chosenSample());
  const canPause = pace.isPlaying && isMeant;
  const [run, pause] = [part('run', HTMLButtonElement), part('pause', HTMLButtonElement)];
  const focused = document.activeElement;
  pause.hidden = !canPause;
  run.hidden = canPause;
  if (focused === run && canPause) pause.focus();
  if (focused === pause && !canPause) run.focus();
}

async function sendTraces(): Promise<void> {
  const { phoenix } = await import('./phoenix');
  await phoenix.toggle(part('phoenix-url', HTMLInputElement).value);
}

function showProgram(): void {
  const place = part('program', HTMLPreElement);
  place.textContent = programText(readChoices(), part('task', HTMLTextAreaElement).value);
}

function on(id: string, type: string, listener: () => void): void {
  part(id, HTMLElement).addEventListener(type, (event) => {
    const isLeaving = event.type === 'submit' || event.currentTarget instanceof HTMLAnchorElement;
    if (isLeaving) event.preventDefault(); // nothing leaves the page by a form
    listener();
  });
}
