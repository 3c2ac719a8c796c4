import { agentObject } from './agent-object';
import { durableHome, type LivingObject, type Objects, objectsInMemory } from './objects';
import type { Fetcher, ObjectState, WorkerContext, WorkerEnvironment } from './platform';
import { Problem, problemResponse } from './problem';
import { workerRoutes } from './routes';
import { workerSettings } from './settings';
import type { AgentWorkerOptions } from './worker-options';

/** A worker: `export default { fetch }`, and `AgentRunObject` as an export of that name. */
export interface AgentWorker<Env> {
  fetch(request: Request, env: Env, context?: WorkerContext): Promise<Response>;
  /** The Durable Object class in which runs, limits and traces live. */
  AgentRunObject: new (
    state: ObjectState,
    env: Env,
  ) => LivingObject;
}

/**
 * A service that runs agents for visitors: routes, event streams, limits, traces. Throws `AgentConfigurationError` for
 * options that no request could use.
 */
export function agentWorker<Env extends object = WorkerEnvironment>(
  options: AgentWorkerOptions<Env>,
): AgentWorker<Env> {
  const settings = workerSettings(options);
  const routes = workerRoutes(settings);
  let inMemory: Objects | undefined;
  const objectsOf = (env: Env): Objects => {
    if (settings.binding !== false) return durableObjects(settings.binding, env);
    inMemory ??= objectsInMemory((home) => agentObject(settings, home, env), settings.clock);
    return inMemory;
  };
  return {
    async fetch(request, env, context) {
      try {
        return await routes(request, { env, objects: objectsOf(env), context });
      } catch (error) {
        return problemResponse(error);
      }
    },
    AgentRunObject: class AgentRunObject implements LivingObject {
      readonly #object: LivingObject;

      constructor(state: ObjectState, env: Env) {
        this.#object = agentObject(settings, durableHome(state, objectsOf(env)), env);
      }

      fetch(request: Request): Promise<Response> {
        return this.#object.fetch(request);
      }

      alarm(): Promise<void> {
        return this.#object.alarm();
      }
    },
  };
}

/** The objects behind a binding. Those that ask it are told its name where it is missing: it is no secret. */
function durableObjects(binding: string, env: object): Objects {
  const namespace: unknown = Reflect.get(env, binding);
  if (!isNamespace(namespace))
    return () => {
      throw new Problem(
        `The worker has no Durable Object binding \`${binding}\`; its wrangler.toml must name one, or \`runs: { binding: false }\` keeps runs in this process`,
        {
          status: 500,
          code: 'internal',
        },
      );
    };
  return (name) => namespace.get(namespace.idFromName(name));
}

function isNamespace(value: unknown): value is { idFromName(name: string): unknown; get(id: unknown): Fetcher } {
  return typeof value === 'object' && value !== null && 'idFromName' in value && 'get' in value;
}
