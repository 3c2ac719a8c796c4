import type { ActionStep, AgentEvent, PlanningStep } from 'smolagents-web';

/** Where the printer writes, and what that can show. */
export interface Terminal {
  write(text: string): void;
  /** Whether a line can be written over: then progress is shown on one. */
  isTerminal: boolean;
  colours: boolean;
  /** Milliseconds, for the seconds of the progress line. */
  now(): number;
}

type Tint = 'bold' | 'dim' | 'red' | 'green' | 'cyan';
const CODES: Readonly<Record<Tint, number>> = { bold: 1, dim: 2, red: 31, green: 32, cyan: 36 };
const CLEAR_LINE = '\r\u001b[2K';
const CONTROLS = /(?![\n\t])\p{Cc}/gu; // C0, DEL and C1
const LONGEST_BLOCK = 1_200;
const CODE_STARTS = ['<code>', '```', 'Action:', '{"name"'];
const INTERPRETER = 'javascript_interpreter';

/** Prints the events of a run as they come; the steps of a managed agent stand indented under its name. */
export class Printer {
  readonly #terminal: Terminal;
  /** Streamed text of the steps under way. */
  readonly #texts = new Map<string, string>();
  /** Parts of steps under way that are on the screen already. */
  readonly #shown = new Set<string>();
  #activity = '';
  #since: number;
  #progressShown = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.#since = terminal.now();
  }

  /** Prints what the event adds. */
  print(event: AgentEvent): void {
    if (event.type === 'run-start') this.#printTask(event.task, event);
    else if (event.type === 'text') this.#keepText(event.text, event);
    else if (event.type === 'retry') this.#printRetry(event.reason, event.delayMs, event);
    else if (event.type === 'plan') this.#printPlan(event.plan, event);
    else if (event.type === 'tool-call') this.#printCall(event);
    else if (event.type === 'tool-result') this.#does(`${nameOf(event)} goes on`);
    else if (event.type === 'step') this.#printStep(event.step, event);
    else if (event.type === 'final-answer') this.#printAnswer(event.output, event);
    else if (event.type === 'run-end') this.stop();
  }

  /** Shows the progress line anew; for a timer. Does nothing where no terminal is. */
  tick(): void {
    if (!this.#terminal.isTerminal || !this.#activity) return;
    this.#progressShown = true;
    const seconds = Math.round((this.#terminal.now() - this.#since) / 1000);
    this.#terminal.write(`${CLEAR_LINE}${this.#tint('dim', `... ${this.#activity}, ${seconds} s`)}`);
  }

  /** Takes the progress line away. */
  stop(): void {
    if (this.#progressShown) this.#terminal.write(CLEAR_LINE);
    this.#progressShown = false;
    this.#activity = '';
  }

  #printTask(task: string, event: AgentEvent): void {
    this.#line(event, `${this.#tint('bold', 'Task:')} ${printable(task)}`);
    this.#does(`${nameOf(event)} waits for the model`);
  }

  #keepText(text: string, event: AgentEvent): void {
    this.#texts.set(keyOf(event), (this.#texts.get(keyOf(event)) ?? '') + text);
    this.#does(`${nameOf(event)} writes`);
  }

  #printRetry(reason: string, delayMs: number, event: AgentEvent): void {
    this.#texts.delete(keyOf(event));
    this.#line(
      event,
      `  ${this.#tint('red', `The model failed (${reason}); asked again in ${Math.round(delayMs / 1000)} s`)}`,
    );
  }

  #printPlan(plan: PlanningStep, event: AgentEvent): void {
    this.#block(event, 'Plan', plan.plan);
    this.#line(event, `  ${this.#tint('dim', costOf(plan))}`);
  }

  #printCall(event: Extract<AgentEvent, { type: 'tool-call' }>): void {
    if (event.step !== undefined) this.#printHeading(event.step, event);
    this.#printThought(this.#texts.get(keyOf(event)) ?? '', event);
    const { name, id, arguments: args } = event.call;
    this.#showCall(name, id, args, event);
    this.#does(`${nameOf(event)} runs ${name === INTERPRETER ? 'its code' : name}`);
  }

  #printStep(step: ActionStep, event: AgentEvent): void {
    this.#printHeading(step.number, event);
    this.#printThought(step.text, event);
    for (const { name, id, arguments: args } of step.toolCalls) this.#showCall(name, id, args, event);
    if (step.observations) this.#block(event, 'Observation', step.observations);
    if (step.error) this.#block(event, step.error.type, step.error.message, 'red');
    this.#line(event, `  ${this.#tint('dim', costOf(step))}`);
    this.#texts.delete(keyOf(event));
    for (const part of this.#shown) if (part.startsWith(`${keyOf(event)} `)) this.#shown.delete(part);
    this.#does(`${nameOf(event)} waits for the model`);
  }

  #printAnswer(output: unknown, event: AgentEvent): void {
    if (event.path.length > 1) this.#does(`${nameOf(event)} reports`);
    else this.#line(event, `\n${this.#tint('green', 'Answer:')} ${this.#tint('bold', textOf(output))}`);
  }

  #printHeading(number: number, event: AgentEvent): void {
    this.#once(event, 'heading', () =>
      this.#line(event, `\n${this.#tint('bold', `${nameOf(event)}, step ${number}`)}`),
    );
  }

  #printThought(text: string, event: AgentEvent): void {
    const thought = thoughtOf(text);
    if (thought) this.#once(event, 'thought', () => this.#block(event, 'Thought', thought));
  }

  #showCall(name: string, id: string, args: unknown, event: AgentEvent): void {
    this.#once(event, `call ${id}`, () => {
      if (name === INTERPRETER) this.#block(event, 'Code', String(args), 'cyan');
      else
        this.#line(
          event,
          `  ${this.#tint('dim', 'Call:')} ${this.#tint('cyan', `${name}(${shorten(JSON.stringify(args) ?? '', 400)})`)}`,
        );
    });
  }

  /** Shows a part of a step once, whichever event brings it first. */
  #once(event: AgentEvent, part: string, show: () => void): void {
    const key = `${keyOf(event)} ${part}`;
    if (!this.#shown.has(key)) show();
    this.#shown.add(key);
  }

  #block(event: AgentEvent, title: string, text: string, colour?: Tint): void {
    const lines = shorten(printable(text.trim()), LONGEST_BLOCK).split('\n');
    const shown = lines.map((line) => (line ? `    ${colour ? this.#tint(colour, line) : line}` : ''));
    this.#line(event, `  ${this.#tint('dim', `${title}:`)}\n${shown.join('\n')}`);
  }

  #line(event: AgentEvent, text: string): void {
    if (this.#progressShown) this.#terminal.write(CLEAR_LINE);
    this.#progressShown = false;
    const indent = '    '.repeat(event.path.length - 1);
    for (const line of text.split('\n')) this.#terminal.write(line ? `${indent}${line}\n` : '\n');
  }

  #does(activity: string): void {
    if (activity !== this.#activity) this.#since = this.#terminal.now();
    this.#activity = activity;
  }

  #tint(tint: Tint, given: string): string {
    const text = printable(given);
    return this.#terminal.colours ? `\u001b[${CODES[tint]}m${text}\u001b[0m` : text;
  }
}

/** Text of models and pages with its control characters spelled out (`\\x1b`): a terminal would obey them. */
export function printable(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(CONTROLS, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** `12.3 s, 812 tokens in, 96 out`. */
export function costOf({ timing, usage }: Pick<ActionStep, 'timing' | 'usage'>): string {
  const seconds = `${((timing.endMs - timing.startMs) / 1000).toFixed(1)} s`;
  return usage
    ? `${seconds}, ${usage.inputTokens} tokens in, ${usage.outputTokens} out`
    : `${seconds}, tokens not told`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
}

function nameOf({ path }: AgentEvent): string {
  return path.at(-1) ?? 'agent';
}

/** Tells apart the steps of runs that go on at the same time. */
function keyOf(event: AgentEvent): string {
  return `${event.runId} ${event.type === 'step' ? event.step.number : (event.step ?? '')}`;
}

function thoughtOf(text: string): string {
  const starts = CODE_STARTS.map((start) => text.indexOf(start)).filter((index) => index >= 0);
  return text
    .slice(0, Math.min(...starts, text.length))
    .replace(/^\s*Thought:/, '')
    .trim();
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)} ... (${text.length - length} characters more)` : text;
}
