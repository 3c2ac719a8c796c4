import { AgentGenerationError, type ErrorKind } from '../errors';
import { thrownWords } from '../executors/thrown';
import type { ChatMessage, Model, ModelPart, ModelRequest } from '../models/model';
import { held } from '../web/clock';
import { isRecord } from '../web/record';
import { sha256 } from '../web/sha256';
import { nearestBy } from './nearest-by';
import type { Progress } from './progress';
import type { RecordedReply, RunFile } from './recording';
import { callerOf, type Stage, untilTurn } from './tape-clock';

const OUTLINE_DIGITS = 12; // enough to tell two messages of one run apart

/**
 * The model given, over `fetch` and on `clock`, which are not recorded: a replay asks no model. Each reply is written to the
 * tape with the key of its request.
 */
export function recordingModel(
  model: Model,
  tape: Promise<RecordedReply | undefined>[],
  { fetch, clock, progress }: ModelSurroundings,
): Model {
  return standIn(model, async function* (request) {
    const { signal } = request;
    const by = callerOf(request.clock);
    const partsEnded: number[] = [];
    const reply: Unkeyed = { parts: [], partsEnded, ended: 0, ...(by !== undefined && { by }) };
    const asked = held(progress, () => requestOutline(request));
    const unread = () => undefined; // it holds what JSON cannot say, which the run is told
    tape.push(asked.then((outline) => Object.assign(reply, outline), unread)); // now: the run may end before it is hashed
    progress.open();
    let startMs = clock.now();
    try {
      await asked;
      startMs = clock.now();
      for await (const part of model.generate({ ...request, fetch, clock })) {
        await progress.turn(reply, signal);
        reply.parts.push(part);
        const ended = progress.ended(reply);
        partsEnded.push(ended);
        if (part.type === 'reply') reply.ended = ended; // its reader asks for no more
        yield part;
      }
      reply.ended = progress.ended(reply);
    } catch (error) {
      if (!signal.aborted) await progress.turn(reply, signal);
      if (!signal.aborted) Object.assign(reply, { error: failureOf(error), ended: progress.ended(reply) });
      throw error;
    } finally {
      reply.durationMs = clock.now() - startMs;
      progress.close();
    }
  });
}

type Unkeyed = Omit<RecordedReply, 'key' | 'outline'>;

interface ModelSurroundings extends Pick<ModelRequest, 'fetch' | 'clock'> {
  progress: Progress;
}

/** Gives the tape's replies by the key of the request, each once and in its turn. A request without one departs. */
export function replayingModel(model: Model, tape: ReplyTape, stage: Stage): Model {
  return standIn(model, async function* (request) {
    const by = callerOf(request.clock);
    stage.progress.asked();
    const wanted = await held(stage.order, () => requestOutline(request));
    request.signal.throwIfAborted();
    const reply = tape.take(wanted.key, by);
    if (!reply) return stage.depart(tape.difference(wanted, request.messages, by));
    yield* partsInTurn(reply, stage, request.signal);
  });
}

/** Its parts as they came, and what it failed with; one that was cut short lasts until the signal. */
async function* partsInTurn(reply: RecordedReply, stage: Stage, signal: AbortSignal): AsyncGenerator<ModelPart> {
  const { parts, partsEnded } = reply;
  const end = { ...reply, what: 'a reply of the model' };
  if (partsEnded === undefined) await untilTurn(end, stage, signal);
  for (const [index, part] of parts.entries()) {
    if (partsEnded) await untilTurn({ ended: partsEnded[index] }, stage, signal);
    yield part;
  }
  if (partsEnded) await untilTurn(end, stage, signal);
  throwFailure(reply);
}

/** Recorded replies that are not used yet. One tape serves all models of a run. */
export class ReplyTape {
  readonly #replies: readonly RecordedReply[];
  readonly #used = new Set<RecordedReply>();
  #asked = 0;

  constructor(replies: readonly RecordedReply[]) {
    this.#replies = replies;
  }

  /** That of the one who asks where it is known; else the next one to the same request. */
  take(key: string, by: string | undefined): RecordedReply | undefined {
    this.#asked += 1;
    const alike = this.#replies.filter((candidate) => candidate.key === key && !this.#used.has(candidate));
    const reply = nearestBy(alike, by);
    if (reply) this.#used.add(reply);
    return reply;
  }

  /** How many replies were not asked for; those that were cut short may be asked for or not, as it happens. */
  get left(): number {
    return this.#replies.filter((reply) => !this.#used.has(reply) && reply.ended !== 0).length;
  }

  /** The next reply to the same agent on the same task after as many answers, whatever the ids in its request are. */
  takeAlike({ outline }: Pick<RecordedReply, 'outline'>, by: string | undefined): RecordedReply | undefined {
    const place = placeOf(outline);
    const isAlike = (candidate: RecordedReply) => !this.#used.has(candidate) && placeOf(candidate.outline) === place;
    const reply = nearestBy(this.#replies.filter(isAlike), by);
    if (reply) this.#used.add(reply);
    return reply;
  }

  /** Says where the request that found no reply differs from the next recorded one of whoever asks. */
  difference(
    { outline }: Pick<RecordedReply, 'outline'>,
    messages: readonly ChatMessage[],
    by: string | undefined,
  ): string {
    const where = `model request ${this.#asked} (${this.#replies.length} are recorded)${by ? `, of the call ${by}` : ''}`;
    const expected = this.#replies.find((reply) => !this.#used.has(reply) && (reply.by ?? by) === by);
    if (!expected) return `${where}: the recording holds no further request`;
    const length = Math.max(outline.length, expected.outline.length);
    const index =
      Array.from({ length }, (_, place) => place).find((place) => outline[place] !== expected.outline[place]) ?? 0;
    const message = messages[index];
    const shown = message ? ` It now reads: ${excerpt(textOf(message))}` : '';
    return `${where}: part ${index + 1} is "${outline[index] ?? 'absent'}", recorded as "${expected.outline[index] ?? 'absent'}".${shown}`;
  }
}

/**
 * Gives the tape's replies to a run with ids and a history of its own: by agent, task and how often it was answered. A
 * request without one fails as `AgentGenerationError`.
 */
export function recordedModel({ modelId, settings, task, recordedAt, modelReplies }: RunFile): Model {
  const tape = new ReplyTape(modelReplies);
  const { class: spanName } = isRecord(settings.model) ? settings.model : {};
  return {
    modelId,
    ...(typeof spanName === 'string' && { spanName }),
    async *generate(request) {
      const reply = tape.takeAlike(await requestOutline(request), callerOf(request.clock));
      request.signal.throwIfAborted();
      if (!reply) {
        const told = `The recording of ${recordedAt} holds no answer to this; it is of the task ${JSON.stringify(task)}`;
        throw new AgentGenerationError(told, { kind: 'not_found' });
      }
      yield* reply.parts;
      throwFailure(reply);
    },
  };
}

function failureOf(error: unknown): NonNullable<RecordedReply['error']> {
  if (error instanceof AgentGenerationError)
    return { message: error.message, ...(error.kind !== undefined && { kind: error.kind }) };
  const { name = 'Error', message } = thrownWords(error);
  return { message, name };
}

function throwFailure({ error }: RecordedReply): void {
  if (!error) return;
  const { message, name, kind } = error;
  if (name !== undefined) throw Object.assign(new Error(message), { name }); // the run words it as it did then
  throw new AgentGenerationError(message, kind === undefined ? {} : { kind: kind as ErrorKind });
}

/** System prompt, task and number of answers. */
function placeOf(outline: readonly string[]): string {
  const answers = outline.filter((line) => line.startsWith('assistant ')).length;
  return `${outline.slice(0, 2).join(', ')}, ${answers}`;
}

/** The request told in lines, messages first, each with a short hash; the key is the hash of the whole. */
async function requestOutline(request: ModelRequest): Promise<Pick<RecordedReply, 'key' | 'outline'>> {
  const { messages, tools = [], toolChoice, stop = [], responseFormat, stream } = request;
  const settings = { tools, toolChoice, stop, responseFormat, stream };
  const parts = [
    ...messages.map((message) => ({ name: message.role, value: JSON.stringify(message) })),
    ...Object.entries(settings).flatMap(([name, value]) =>
      value === undefined ? [] : [{ name, value: JSON.stringify(value) }],
    ),
  ];
  const outline = await Promise.all(
    parts.map(async ({ name, value }) => `${name} ${(await sha256(value)).slice(0, OUTLINE_DIGITS)}`),
  );
  return { key: await sha256(JSON.stringify(parts)), outline };
}

function standIn(model: Model, generate: (request: ModelRequest) => AsyncGenerator<ModelPart>): Model {
  const stand: Model = { modelId: model.modelId, generate };
  if (model.toJSON) stand.toJSON = () => model.toJSON?.() ?? {};
  return model.spanName === undefined ? stand : { ...stand, spanName: model.spanName };
}

function textOf({ content }: ChatMessage): string {
  if (typeof content === 'string') return content;
  return content.map((part) => (part.type === 'text' ? part.text : '[image]')).join('\n');
}

function excerpt(text: string): string {
  return text.length > 300 ? `${text.slice(0, 150)} ... ${text.slice(-150)}` : text;
}
