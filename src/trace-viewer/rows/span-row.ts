import { isRecord } from '../../web/record';
import type { Prices, RowError, RowKind, Said } from '../trace';
import { textOf, thoughtAndCode } from './labels';
import { lineOf } from './line-of';
import { type Message, Row, type RowSource } from './row';
import { KEPT, type Span, type SpanEvent, WAITING } from './span';
import { messagesOf, parsed, repliesOf } from './span-messages';
import { costOf } from './sums';

/** The row of a span, not yet in the tree. */
export function rowOfSpan(span: Span, prices: Prices): Row {
  const { facts, name } = span;
  const kind = kindOf(span);
  const row = new Row(span.id, span.traceId, kind, name, subjectOf(kind, span), span.startMs, new SpanSource(span));
  row.parentId = span.parentId;
  if (!Number.isNaN(span.endMs)) row.endMs = span.endMs;
  if (span.failed || (kind === 'agent' && thrownBy(span))) row.error = errorOf(span, row);
  row.isEdited = facts[KEPT] === 'edited';
  row.isKept = row.isEdited || facts[KEPT] === 'kept';
  const isCut = row.error !== undefined && INTERRUPTED.test(row.error.message);
  row.repeats = isCut; // nothing went wrong there
  if (kind === 'model') {
    row.own.modelCalls = 1;
    row.own.inputTokens = count(facts['llm.token_count.prompt'] ?? facts['gen_ai.usage.input_tokens']);
    row.own.outputTokens = count(facts['llm.token_count.completion'] ?? facts['gen_ai.usage.output_tokens']);
    const cost = costOf(prices, row.subject, row.own);
    if (cost !== undefined) row.own.cost = cost;
    const isReplied = !span.failed && row.endMs !== undefined;
    if (isReplied && row.own.inputTokens + row.own.outputTokens === 0) row.own.uncountedCalls = 1;
  } else if (kind === 'tool' || kind === 'code') row.own.toolCalls = 1;
  else if (kind === 'agent') {
    const state = facts['smolagents.run_state'];
    row.stoppedBy = typeof state === 'string' ? state : isCut ? 'interrupted' : undefined;
    row.maxSteps = count(facts['smolagents.max_steps']) || undefined;
  }
  return row;
}

/** What this SDK writes of work that was cut short; spans tell it in no other way. */
const INTERRUPTED = /^The run was interrupted: |\bcut short$/;

const KINDS: Readonly<Partial<Record<string, RowKind>>> = {
  AGENT: 'agent',
  LLM: 'model',
  TOOL: 'tool',
  invoke_agent: 'agent',
  chat: 'model',
  text_completion: 'model',
  generate_content: 'model',
  execute_tool: 'tool',
};
const INTERPRETERS = ['python_interpreter', 'javascript_interpreter'];

function kindOf({ facts, name }: Span): RowKind {
  const told = facts['openinference.span.kind'];
  const word = String(told && told !== 'UNKNOWN' ? told : (facts['gen_ai.operation.name'] ?? ''));
  const kind = Object.hasOwn(KINDS, word) ? KINDS[word] : undefined;
  if (kind === 'tool' && INTERPRETERS.includes(String(facts['tool.name'] ?? facts['gen_ai.tool.name']))) return 'code';
  return kind ?? (/^Step \d+$/.test(name) ? 'step' : 'other');
}

function subjectOf(kind: RowKind, { facts, name }: Span): string {
  const told =
    kind === 'agent'
      ? (facts['agent.name'] ?? facts['gen_ai.agent.name'] ?? name.replace(/\.run$/, ''))
      : kind === 'model'
        ? (facts['llm.model_name'] ?? facts['gen_ai.request.model'])
        : (facts['tool.name'] ?? facts['gen_ai.tool.name']);
  return String(told ?? name);
}

function count(value: unknown): number {
  const number = Number(value);
  return number > 0 && number < Number.MAX_SAFE_INTEGER ? number : 0;
}

/** Python ends a streamed run that failed with the status OK: then only the exception tells it. */
function thrownBy(span: Span): SpanEvent['attributes'] | undefined {
  return span
    .events()
    .find(({ name, attributes }) => name === 'exception' && attributes['exception.message'] !== undefined)?.attributes;
}

/** From the exception, where there is one; a status says `Type: message`. */
function errorOf(span: Span, row: Row): RowError {
  const { message } = span;
  const thrown: SpanEvent['attributes'] = thrownBy(span) ?? {};
  const [, first, rest] = /^([A-Z]\w*): ([\s\S]*)$/.exec(message) ?? [];
  const type = thrown['exception.type'] ?? span.facts['error.type'] ?? first;
  const stack = thrown['exception.stacktrace'];
  return {
    ...(type !== undefined && { type: String(type).replace(/^.*\./, '') }),
    message: String(thrown['exception.message'] ?? rest ?? (message || 'failed, without a message')),
    ...(typeof stack === 'string' && { stack }),
    get line() {
      return lineOf(this.message, row.source.said(row).code);
    },
  };
}

class SpanSource implements RowSource {
  constructor(readonly span: Span) {}

  get raw(): unknown {
    return this.span.raw;
  }

  attributes(): Record<string, unknown> {
    return this.span.attributes();
  }

  texts(): Iterable<string> {
    return this.span.texts();
  }

  messages(): Message[] {
    return messagesOf(this.span.attributes());
  }

  said(row: Row): Said {
    const attributes = this.span.attributes();
    switch (row.kind) {
      case 'agent':
        return agentSaid(attributes, row);
      case 'step':
        return stepSaid(attributes, row);
      case 'plan': {
        const reply = repliesOf(attributes)[0];
        return reply ? { plan: reply.text } : {};
      }
      case 'model':
        return modelSaid(repliesOf(attributes)[0]);
      case 'tool':
      case 'code':
        return toolSaid(attributes);
      default:
        return attributes['url.full'] === undefined ? {} : { arguments: attributes['url.full'] };
    }
  }
}

/** Python writes all events of a streamed run where its answer should be. */
const STREAMED = /^(?:ChatMessageStreamDelta|ToolCall|ToolOutput|ActionOutput|ActionStep|PlanningStep)\(/;

function agentSaid(attributes: Readonly<Record<string, unknown>>, { children }: Row): Said {
  const input = attributes['input.value'];
  const bag = attributes['input.mime_type'] === 'text/plain' ? undefined : parsed(input);
  const task = isRecord(bag) && 'task' in bag ? bag.task : (input ?? attributes['smolagents.task']);
  const output = attributes['output.value'];
  const isJson = attributes['output.mime_type'] === 'application/json';
  const last = typeof output === 'string' && STREAMED.test(output) ? children.at(-1) : undefined;
  const answer = last ? last.source.said(last).answer : isJson ? parsed(output) : output;
  return {
    ...(task !== undefined && { task: askedIn(textOf(task)) }),
    ...(answer !== undefined && { answer }),
  };
}

/** What a manager asked, without the words that prompts of managed agents put around it, here and in smolagents. */
function askedIn(task: string): string {
  return /\n---\n(?:Task:\n)?([\s\S]+?)\n---\n/.exec(task)?.[1] ?? task;
}

/** A step's own span tells only what was observed; thought and code are those of its model. */
function stepSaid(attributes: Readonly<Record<string, unknown>>, row: Row): Said {
  const model = row.children.findLast(({ kind }) => kind === 'model');
  const said = model?.source.said(model) ?? {};
  const answer = row.children.findLast(
    ({ kind, subject, error }) => kind === 'tool' && subject === 'final_answer' && !error,
  );
  const { result } = answer?.source.said(answer) ?? {};
  const observations = attributes['output.value'];
  return {
    ...said,
    ...(observations !== undefined && { observations: textOf(observations) }),
    ...(result !== undefined && { answer: result }),
    ...(row.children.some((child) => child.source.said(child).isWaiting) && { isWaiting: true }),
  };
}

function modelSaid(reply: Message | undefined): Said {
  if (!reply) return {};
  return { ...thoughtAndCode(reply.text), ...(reply.toolCalls.length && { arguments: reply.toolCalls }) };
}

function toolSaid(attributes: Readonly<Record<string, unknown>>): Said {
  const given = attributes['gen_ai.tool.call.arguments'] ?? attributes['input.value'];
  const bag = parsed(given);
  const { args: list, kwargs } = isRecord(bag) ? bag : {};
  const args = !Array.isArray(list) || !isRecord(kwargs) ? bag : list.length === 0 ? kwargs : list;
  const output = attributes['output.value'] ?? attributes['gen_ai.tool.call.result'];
  return {
    ...(args !== undefined && { arguments: args }),
    ...(output !== undefined && {
      result: attributes['output.mime_type'] === 'application/json' ? parsed(output) : output,
    }),
    ...(isRecord(args) && typeof args.code === 'string' && { code: args.code }),
    ...(attributes[WAITING] === true && { isWaiting: true }),
  };
}
