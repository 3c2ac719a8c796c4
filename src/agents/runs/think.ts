import { AgentError, AgentGenerationError } from '../../errors';
import { thrownWords } from '../../executors/thrown';
import type { ChatMessage, ModelPart, ModelReply, ModelRequest } from '../../models/model';
import type { AgentEvent } from '../agent';
import type { Scope } from '../scope';
import type { AgentSettings } from '../settings';
import type { RunContext } from './context';
import { meteredCall } from './token-meter';

/** What differs from call to call. */
export type Question = Pick<ModelRequest, 'messages' | 'tools' | 'toolChoice' | 'stop' | 'responseFormat'>;

/** One model call: its text as events where the agent streams, its reply at the end. */
export async function* think(
  question: Question,
  { model, streamOutputs }: Pick<AgentSettings, 'model' | 'streamOutputs'>,
  context: RunContext,
  scope: Scope,
  step?: number,
): AsyncGenerator<AgentEvent, ModelReply> {
  const { signal, fetch, clock, path, runId } = context;
  context.spending.check();
  signal.throwIfAborted();
  // the spread comes last here and wherever it is done often: V8 takes up to a hundred times as long for what stands behind one
  const request: ModelRequest = { stream: streamOutputs, signal, fetch, clock, ...question };
  const metered = meteredCall(request, context.spending);
  const watched = scope.child({
    type: 'model',
    modelClass: model.spanName ?? 'Model',
    modelId: model.modelId,
    model,
    request,
  });
  let parts: AsyncIterator<ModelPart> | undefined;
  try {
    const reading = watched.with(() => model.generate(request)[Symbol.asyncIterator]());
    parts = reading;
    for (;;) {
      const next = watched.with(() => reading.next());
      const { value: part, done } = await context.waits.for(next);
      if (done) throw new AgentGenerationError(`${model.modelId} ended without a reply`, { kind: 'bad_response' });
      metered?.read(part);
      if (part.type === 'reply') {
        const { reply } = part;
        const { usage } = reply;
        if (usage) watched.with(() => context.spend(usage, model.modelId)); // a price function is the app's
        refuseFiltered(reply, model.modelId);
        watched.end({ type: 'reply', reply });
        return reply;
      }
      if (part.type === 'retry' || (streamOutputs && part.text)) {
        yield { path, runId, ...(step !== undefined && { step }), ...part };
      }
    }
  } catch (cause) {
    signal.throwIfAborted(); // the caller's own abort is not a failure of the model
    const error =
      cause instanceof AgentError
        ? cause
        : new AgentGenerationError(`${model.modelId} could not answer: ${thrownWords(cause).message}`, { cause });
    watched.end({ type: 'failure', error });
    throw error;
  } finally {
    metered?.end();
    watched.end();
    parts?.return?.()?.then(undefined, () => {}); // closes the connection of a reply that nobody reads on
  }
}

function refuseFiltered({ content, finishReason, toolCalls }: ModelReply, modelId: string): void {
  if (finishReason !== 'content_filter' || content || toolCalls.length) return;
  throw new AgentGenerationError(`${modelId} refused to answer: its content filter stopped the reply`, {
    kind: 'content_filter',
  });
}

/** The text of a message, its pictures left out. */
export function textOf({ content }: ChatMessage): string {
  return typeof content === 'string'
    ? content
    : content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}
