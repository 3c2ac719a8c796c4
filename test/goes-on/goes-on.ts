import { CodeAgent, type LogRecord, type RunResult, tool } from 'smolagents-web';
import { code, type ScriptEntry, scriptedModel } from 'smolagents-web/testing';

/** What came of runs that were forked, waited for a human or were cut off. */
export interface GoesOnReport {
  /** Answers of a run, of a fork of it, and of one with an edited result. */
  forks: unknown[];
  /** Answers of the run that waited, allowed and refused. */
  waited: unknown[];
  /** Answers of the run as it goes on from each beginning of its log. */
  cut: unknown[];
  /** A run that waits, as another runtime may go on with it. */
  saved: unknown;
}

const FIRST = code("let total = 1; const add = (n) => { total += n }; console.log('ready')");
const PAY = code('add(await pay(20)); console.log(total)');
const ANSWER = code('final_answer(total)');

function agent(...script: ScriptEntry[]): CodeAgent {
  const pay = tool({
    name: 'pay',
    description: 'Pays.',
    inputs: { n: { type: 'number', description: 'How much.' } },
    outputType: 'number',
    needsApproval: ({ n }) => Number(n) > 10,
    idempotent: true,
    execute: ({ n }) => n * 2,
  });
  return new CodeAgent({ model: scriptedModel(...script), tools: [pay] });
}

/** Runs wherever the SDK does. */
export async function goOn(): Promise<GoesOnReport> {
  const waiting = await agent(FIRST, PAY).run<RunResult>('Go.', { returnFullResult: true });
  const saved: unknown = JSON.parse(JSON.stringify(await waiting.save()));
  const waited = await Promise.all([allow(saved), refuse(saved)]);
  return { forks: await forked(), waited, cut: await cut(), saved };
}

/** Allows the payment of a run that `goOn` saved, here or elsewhere. */
export async function allow(saved: unknown): Promise<unknown> {
  return (await agent(ANSWER).resume(saved, { answers: { c1: { allow: true } } }).result).output;
}

async function refuse(saved: unknown): Promise<unknown> {
  const later = agent(code('final_answer(total)'));
  return (await later.resume(saved, { answers: { c1: { refuse: 'no' } } }).result).output;
}

async function forked(): Promise<unknown[]> {
  const small = code('add(await pay(5)); console.log(total)');
  const result = await agent(FIRST, small, ANSWER, ANSWER, ANSWER).run<RunResult>('Go.', { returnFullResult: true });
  const again = await result.fork(3).result;
  const edited = await result.fork(2, { results: { c1: 100 } }).result;
  return [result.output, again.output, edited.output];
}

async function cut(): Promise<unknown[]> {
  const entries: LogRecord[] = [];
  const script = [FIRST, code('add(await pay(5)); console.log(total)'), ANSWER];
  await agent(...script).run('Go.', {
    log: (entry) => {
      entries.push(entry);
    },
  });
  const answers: unknown[] = [];
  for (let length = 1; length <= entries.length; length++) {
    const past = entries.slice(0, length);
    const asked = past.filter(({ type }) => type === 'reply').length;
    answers.push((await agent(...script.slice(asked)).resume(past).result).output);
  }
  return answers;
}
