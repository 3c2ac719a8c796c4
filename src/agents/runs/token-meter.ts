import { AgentError } from '../../errors';
import { show } from '../../executors/show';
import type { ChatMessage, ModelPart, ModelRequest } from '../../models/model';
import type { Spending, TokenMeter } from './budget';

const CHARACTERS_A_TOKEN = 4; // of English text; other languages and code have fewer
const PICTURE_CHARACTERS = 4_000; // 1,000 tokens, as many as large pictures take with most providers

type Asked = Pick<ModelRequest, 'messages' | 'tools' | 'signal'>;

/**
 * One model call, as the meter of its run has it; nothing where there is no meter, as in most runs. Throws an `AgentError`
 * of kind `budget` where the meter refuses.
 */
export function meteredCall(request: Asked, spending: Spending): MeteredCall | undefined {
  const { meter } = spending;
  if (!meter) return undefined;
  const refusal = meter.refusal();
  if (refusal !== undefined) throw new AgentError(refusal, { kind: 'budget' });
  return new MeteredCall(request, spending, meter);
}

class MeteredCall {
  readonly #request: Asked;
  readonly #spending: Spending;
  readonly #meter: TokenMeter;
  #characters = 0;
  #isCounted = false;

  constructor(request: Asked, spending: Spending, meter: TokenMeter) {
    this.#request = request;
    this.#spending = spending;
    this.#meter = meter;
  }

  read(part: ModelPart): void {
    if (part.type === 'text' || part.type === 'reasoning') this.#characters += part.text.length;
    if (part.type !== 'reply') return;
    const { usage, content, reasoning = '', toolCalls } = part.reply;
    const tokens = usage ? usage.inputTokens + usage.outputTokens : 0;
    if (tokens > 0) {
      this.#isCounted = true;
      this.#meter.count(tokens);
      return;
    }
    const whole = (content ?? '').length + reasoning.length + show(toolCalls).length;
    this.#characters = Math.max(this.#characters, whole);
    this.#estimate();
  }

  /** A call that failed before it gave anything cost nothing. */
  end(): void {
    if (this.#characters > 0 || this.#request.signal.aborted) this.#estimate();
  }

  #estimate(): void {
    if (this.#isCounted) return;
    this.#isCounted = true;
    const { messages, tools = [] } = this.#request;
    const asked = messages.reduce((sum, { content }) => sum + charactersOf(content), JSON.stringify(tools).length);
    const characters = asked + this.#characters;
    const tokens = Math.ceil(characters / CHARACTERS_A_TOKEN);
    this.#spending.estimated(tokens);
    this.#meter.count(tokens);
  }
}

/** A picture is priced by its size, of which nothing is known here. */
function charactersOf(content: ChatMessage['content']): number {
  if (typeof content === 'string') return content.length;
  return content.reduce((sum, part) => sum + (part.type === 'text' ? part.text.length : PICTURE_CHARACTERS), 0);
}
