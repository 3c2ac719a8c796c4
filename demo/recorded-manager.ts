import { type RunFile, recordedParts } from 'smolagents-web/testing';
import type { HostedAgent } from 'smolagents-web/worker';
import { makeManager } from './program';

/** The example's agent, its model and its web out of a recording: loop, tools and sandbox are real, and nothing is asked. */
export function recordedManager(file: RunFile): HostedAgent {
  const { model, ...world } = recordedParts(file);
  const agent = makeManager(model);
  return {
    options: agent.options,
    stream: (task, options) => agent.stream(task, { ...options, ...world }),
    resume: (saved, options) => agent.resume(saved, { ...options, ...world }),
    branch: (saved, branch) => agent.branch(saved, branch),
  };
}
