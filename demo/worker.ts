import { agentWorker } from 'smolagents-web/worker';
import { service } from './service';

const { fetch, AgentRunObject } = agentWorker({ ...service, auth: { token: (env) => env.AGENT_TOKEN } });

export default { fetch };
export { AgentRunObject };
