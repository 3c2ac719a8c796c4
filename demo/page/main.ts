import { defineAgentTrace, type RewindRequest } from 'smolagents-web/trace-viewer';
import { chosenSource, readChoices, showSource } from './choices';
import type { Conductor } from './conductor';
import { DeepLink } from './deep-link';
import { Pace } from './pace';
import { part } from './parts';
import { programText } from './program-text';
import { type View, Views } from './views';

const QUESTION = 'If the US keeps its 2024 growth rate, how many years will it take for the GDP to double?';
const RECORDING = '/page/gdp.run.json';

const views = new Views();
const pace = new Pace();
const link = new DeepLink(views);
let conductor: Promise<Conductor> | undefined;
let played: Promise<void> | undefined;

defineAgentTrace();
const recorded = addRecorded();
wire();
part('phoenix-command', HTMLElement).textContent =
  `PHOENIX_ALLOWED_ORIGINS=${location.origin} python3 -m phoenix.server.main serve`;
void offerBrowserModel();
showSource(QUESTION);
void link.openAddress((runId) => withConductor((one) => one.open(runId)));

/** What runs agents is fetched when it is first wanted. */
async function withConductor(use: (conductor: Conductor) => Promise<void> | void): Promise<void> {
  conductor ??= import('./conductor').then((room) => new room.Conductor(views, pace));
  const fetched = await conductor.catch((error: unknown) => {
    conductor = undefined; // it may come when it is asked for again
    throw error;
  });
  await use(fetched);
}

function addRecorded(): View {
  const view = views.add('Recorded run', [
    'Recorded run,',
    '22 November 2026, model Qwen2.5-Coder-1.5B-Instruct (“local”). Nothing was sent.',
  ]);
  view.isRecording = true;
  prepare(view);
  view.viewer.setAttribute('src', RECORDING);
  return view;
}

function prepare(view: View): void {
  const { viewer } = view;
  viewer.setAttribute('rewind', '');
  viewer.addEventListener('rewind', (event) => {
    const { detail } = event as CustomEvent<RewindRequest>;
    void withConductor((one) => one.rewind(view, detail));
  });
  viewer.addEventListener('spanselect', () => link.keep(view));
  viewer.addEventListener('drop', () => {
    view.going = undefined; // the file has the place of the run
  });
}

function wire(): void {
  views.onAdd = prepare;
  views.onRunId = (view) => link.keep(view);
  views.onShow = () => void conductor?.then((one) => one.refresh());
  on('ask', 'submit', () => void begin());
  on('stop', 'click', () => void withConductor((one) => one.stop()));
  on('pause', 'click', () => void setPlaying(false));
  on('step', 'click', () => {
    pace.step();
    void playIfNeeded();
  });
  on('speed', 'change', () => {
    pace.speed = Number(part('speed', HTMLSelectElement).value);
  });
  on('follow-up', 'submit', () => {
    const field = part('next-task', HTMLInputElement);
    const { current } = views;
    const task = field.value;
    field.value = '';
    if (current) void withConductor((one) => one.ask(current, task));
  });
  on('phoenix-form', 'submit', () => void sendTraces());
  on('sign-in', 'click', () => void signInHere());
  on('code', 'toggle', showProgram);
  on('ask', 'change', () => {
    showSource(QUESTION);
    showProgram();
  });
  addEventListener('error', ({ error, message }) => reportFailure(error ?? message));
  addEventListener('unhandledrejection', ({ reason }) => reportFailure(reason));
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) part('ask', HTMLFormElement).requestSubmit();
    else if (event.key === 'Escape' && !event.defaultPrevented) void conductor?.then((one) => one.stop());
  });
}

/** What nobody expected is said in the page as well: its visitor sees no console. */
function reportFailure(error: unknown): void {
  const place = part('problem', HTMLElement);
  place.textContent = navigator.onLine
    ? `The page failed: ${error instanceof Error ? error.message : String(error)}. Load it again.`
    : 'This browser is offline, and a part of this page was not fetched yet. Connect it, and press the button again.';
  place.hidden = false;
}

/** Some browsers know the interface and have no model. */
async function offerBrowserModel(): Promise<void> {
  const isThere = await globalThis.LanguageModel?.availability().catch(() => 'unavailable');
  part('browser-source', HTMLElement).hidden = (isThere ?? 'unavailable') === 'unavailable';
}

async function begin(): Promise<void> {
  if (chosenSource() === 'recording') return setPlaying(true);
  await withConductor((one) => one.run(part('task', HTMLTextAreaElement).value));
}

async function setPlaying(isPlaying: boolean): Promise<void> {
  if (isPlaying) pace.play();
  else pace.pause();
  part('pause', HTMLButtonElement).hidden = !isPlaying;
  part('run', HTMLButtonElement).hidden = isPlaying;
  if (isPlaying) await playIfNeeded();
}

/** Plays the recording from its beginning, where it is not being played. */
async function playIfNeeded(): Promise<void> {
  played ??= play().finally(() => {
    played = undefined;
  });
  await played;
}

async function play(): Promise<void> {
  views.show(recorded);
  try {
    const reply = await fetch(RECORDING);
    const json: unknown = await reply.json();
    await recorded.viewer.load(json); // else a run that was played before would go on
    await withConductor((one) => one.play(recorded, json));
  } finally {
    pace.pause();
    part('pause', HTMLButtonElement).hidden = true;
    part('run', HTMLButtonElement).hidden = false;
  }
}

async function sendTraces(): Promise<void> {
  const { phoenix } = await import('./phoenix');
  await phoenix.toggle(part('phoenix-url', HTMLInputElement).value);
}

async function signInHere(): Promise<void> {
  const hint = part('sign-in-hint', HTMLParagraphElement);
  const clientId = part('client-id', HTMLInputElement).value.trim();
  if (clientId === '') {
    hint.textContent = `Make an OAuth app at huggingface.co/settings/applications/new, without a secret, with the redirect address ${location.origin}/signed-in.html and the scope inference-api; its client id goes above.`;
    return;
  }
  const { signIn } = await import('./sign-in');
  hint.textContent = 'Sign in in the window that has opened.';
  try {
    part('hub-token', HTMLInputElement).value = await signIn(clientId, new AbortController().signal);
    hint.textContent = 'Signed in. The token is in the memory of this page only.';
  } catch (error) {
    hint.textContent = error instanceof Error ? error.message : String(error);
  }
}

function showProgram(): void {
  const place = part('program', HTMLPreElement);
  place.textContent = programText(readChoices(), part('task', HTMLTextAreaElement).value);
}

function on(id: string, type: string, listener: () => void): void {
  part(id, HTMLElement).addEventListener(type, (event) => {
    if (event.type === 'submit') event.preventDefault(); // nothing leaves the page by a form
    listener();
  });
}
