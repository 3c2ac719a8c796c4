import { isRecord } from '../web/record';
import { RequestFailure } from '../web/request-failure';
import { BlankLines } from './blank-lines';
import { ClosedCall } from './closed-call';
import type { ModelReply, TokenUsage } from './model';
import { StopCut } from './stop-sequences';
import { ToolCallPieces } from './tool-call-pieces';

export interface TurnAssemblerOptions {
  /** Stop sequences to cut the content at here, since the server was not told of them. */
  stop?: readonly string[];
  /** Blank lines in a row after which a streamed reply counts as ended; 0 for never. */
  maxBlankLines?: number;
  /** Tools whose call, written as text in a streamed reply, ends it; none for never. */
  endAtCallOf?: readonly string[];
}

/** A piece of what the model says, as it came. */
export type TurnPiece = { type: 'text'; text: string } | { type: 'reasoning'; text: string };

/** Puts one reply together from a whole completion or from the chunks of a stream, in the form of chat completions. */
export class TurnAssembler {
  readonly #stop: StopCut;
  readonly #blankLines: BlankLines;
  readonly #closedCall: ClosedCall;
  readonly #calls = new ToolCallPieces();
  #content: string | null = null;
  #refusal = '';
  #reasoning = '';
  #usage: TokenUsage | undefined;
  #finishReason: string | undefined;
  #id: string | undefined;
  #model: string | undefined;

  constructor({ stop = [], maxBlankLines = 0, endAtCallOf = [] }: TurnAssemblerOptions = {}) {
    this.#stop = new StopCut(stop);
    this.#blankLines = new BlankLines(maxBlankLines || Number.POSITIVE_INFINITY);
    this.#closedCall = new ClosedCall(endAtCallOf);
  }

  /** Takes a chunk or a completion and gives what it adds to text and reasoning. Unknown keys are left alone. */
  add(object: Readonly<Record<string, unknown>>): TurnPiece[] {
    this.#id ??= filled(object.id);
    this.#model ??= filled(object.model);
    this.#usage = usageOf(object.usage) ?? this.#usage; // the last one counts: some providers send running totals
    const choice = firstChoice(object.choices);
    if (!choice) return [];
    this.#finishReason = filled(choice.finish_reason) ?? this.#finishReason;
    if (isRecord(choice.message)) return this.#addMessage(choice.message);
    return isRecord(choice.delta) ? this.#addDelta(choice.delta) : [];
  }

  /** Whether the provider said how the reply ended: then nothing of it is missing. */
  get finished(): boolean {
    return this.#finishReason !== undefined;
  }

  /** Whether the reply is to be taken as ended although the provider goes on: blank lines only, or words behind a call. */
  get ended(): boolean {
    return this.#blankLines.full || this.#closedCall.full;
  }

  /** Text held back until it was clear that no stop sequence begins with it. To be called once, at the end. */
  flush(): TurnPiece[] {
    return this.#tell(this.#stop.flush());
  }

  /** The whole reply. Throws a `RequestFailure` where the model refused, or a filter took the content away. */
  finish(): ModelReply {
    const toolCalls = this.#calls.whole();
    if (this.#refusal && !this.#content && toolCalls.length === 0) {
      throw new RequestFailure(`the model refused: ${this.#refusal}`, { kind: 'content_filter', retryable: false });
    }
    if (this.#finishReason === 'content_filter' && !this.#content) {
      throw new RequestFailure('the reply was taken away by a content filter', {
        kind: 'content_filter',
        retryable: false,
      });
    }
    const finishReason = this.ended ? 'stop' : this.#finishReason;
    return {
      content: this.#content,
      toolCalls,
      ...(this.#reasoning && { reasoning: this.#reasoning }),
      ...(this.#usage && { usage: this.#usage }),
      ...(finishReason && { finishReason }),
      ...(this.#id && { id: this.#id }),
      ...(this.#model && { model: this.#model }),
    };
  }

  #addMessage(message: Readonly<Record<string, unknown>>): TurnPiece[] {
    this.#calls.addWhole(message.tool_calls, message.function_call);
    this.#refusal += filled(message.refusal) ?? '';
    return [...this.#addReasoning(message), ...this.#addText(message.content)];
  }

  #addDelta(delta: Readonly<Record<string, unknown>>): TurnPiece[] {
    this.#calls.addPieces(delta.tool_calls, delta.function_call);
    this.#refusal += filled(delta.refusal) ?? '';
    const watches = this.#calls.isEmpty ? [this.#blankLines, this.#closedCall] : [this.#blankLines];
    return [...this.#addReasoning(delta), ...this.#addText(delta.content, watches)];
  }

  #addReasoning(source: Readonly<Record<string, unknown>>): TurnPiece[] {
    const text = filled(source.reasoning_content) ?? filled(source.reasoning); // some send both, alike
    if (!text) return [];
    this.#reasoning += text;
    return [{ type: 'reasoning', text }];
  }

  #addText(content: unknown, watches: readonly (BlankLines | ClosedCall)[] = []): TurnPiece[] {
    const text = textOf(content);
    if (text === undefined || this.ended) return [];
    this.#content ??= '';
    const piece = this.#stop.push(text);
    return this.#tell(watches.reduce((kept, watch) => kept.slice(0, watch.push(kept)), piece));
  }

  #tell(text: string): TurnPiece[] {
    if (text === '') return [];
    this.#content = (this.#content ?? '') + text;
    return [{ type: 'text', text }];
  }
}

/** Content is text, or a list of parts of which those with text count. */
function textOf(content: unknown): string | undefined {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  return content.map((part) => (isRecord(part) && typeof part.text === 'string' ? part.text : '')).join('');
}

/** The first of the answers; only one is ever asked for. */
function firstChoice(choices: unknown): Record<string, unknown> | undefined {
  if (!Array.isArray(choices)) return undefined;
  return choices.find((choice) => isRecord(choice) && (choice.index ?? 0) === 0);
}

function usageOf(usage: unknown): TokenUsage | undefined {
  if (!isRecord(usage)) return undefined;
  const inputTokens = count(usage.prompt_tokens);
  const outputTokens = count(usage.completion_tokens);
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  const inputDetails = usage.prompt_tokens_details;
  const outputDetails = usage.completion_tokens_details;
  const cachedTokens = isRecord(inputDetails) ? count(inputDetails.cached_tokens) : undefined;
  const reasoningTokens = isRecord(outputDetails) ? count(outputDetails.reasoning_tokens) : undefined;
  return {
    inputTokens: inputTokens ?? 0,
    outputTokens: outputTokens ?? 0,
    ...(cachedTokens !== undefined && { cachedTokens }),
    ...(reasoningTokens !== undefined && { reasoningTokens }),
  };
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function filled(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
