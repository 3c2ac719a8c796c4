import { ENGINE } from '../executors/saved-state';
import type { WorkerSettings } from './settings';
import { VERSION } from './version';

/** What `/health` tells everyone: nothing that is the owner's business, but whether it is worth asking. */
export interface Health {
  name: 'smolagents-web';
  version: string;
  engine: string;
  /** Whether there is a model; not which. */
  hasModel: boolean;
  /** Whether visitors must bring a bearer token. */
  wantsToken: boolean;
}

export function healthOf<Env>({ auth, model }: Pick<WorkerSettings<Env>, 'auth' | 'model'>, env: Env): Health {
  return {
    ...{ name: 'smolagents-web', version: VERSION, engine: ENGINE },
    hasModel: hasModel(() => model(env)),
    wantsToken: typeof auth === 'object' && auth.token !== undefined,
  };
}

/** A model that cannot be made is none; why not is said to those who begin a run. */
function hasModel(make: () => unknown): boolean {
  try {
    return make() !== undefined;
  } catch {
    return false;
  }
}
