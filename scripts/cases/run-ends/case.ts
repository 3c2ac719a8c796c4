/** A case of run-ends/1: one run, played again and again, and ended each time at another moment. */
export interface EndsCase {
  id: string;
  agent: AgentWord;
  /** Class of the agent that it manages. */
  manages: AgentWord;
  stream?: boolean;
  /** How the run is ended. */
  by: 'signal' | 'abort' | 'dispose' | 'leave' | 'budget';
  /** Moments behind each event: so many turns of promises, */
  microtasks?: readonly number[];
  /** so many turns of the event loop. */
  turns?: readonly number[];
  expect: EndsExpectation;
}

export type AgentWord = 'tool-calling' | 'code';

export interface EndsExpectation {
  /** All the states that runs ended in. */
  states: readonly string[];
  /** Runs at least. */
  runs: number;
}
