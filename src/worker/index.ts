export { type AgentWorker, agentWorker } from './agent-worker';
export type { ObjectState, WorkerContext, WorkerEnvironment } from './platform';
export type {
  AgentWorkerOptions,
  AuthOptions,
  HostedAgent,
  HostedAgentMaker,
  RunsOptions,
  TracesOptions,
  WebRoutesOptions,
  WorkerLimits,
} from './worker-options';
