import type { ObjectState } from 'smolagents-web/worker';
import type { HostedObject, HostedObjectClass, HostObjects } from '../player';

/** Objects of a namespace, by name. */
export interface Namespace {
  idFromName(name: string): unknown;
  get(id: unknown): { fetch(request: Request): Promise<Response> };
}

/** The class of the case that is played, and what its objects find in their environment. */
let hosted: { objectClass: HostedObjectClass; env: Record<string, unknown> } | undefined;

/** The Durable Object class of the stage: each object is one of the class that the case at hand made. */
export class CaseObject {
  readonly #object: HostedObject;

  constructor(state: ObjectState) {
    if (!hosted) throw new Error('no case hosts objects');
    this.#object = new hosted.objectClass(state, hosted.env);
  }

  fetch(request: Request): Promise<Response> {
    return this.#object.fetch(request);
  }

  alarm(): Promise<void> {
    return this.#object.alarm();
  }
}

/** Hosts the objects of one case after the other; names are a case's own, so that none sees another's objects. */
export function hostIn(namespace: Namespace): HostObjects {
  return (objectClass, binding) => {
    const prefix = crypto.randomUUID();
    const own: Namespace = {
      idFromName: (name) => namespace.idFromName(`${prefix} ${name}`),
      get: (id) => namespace.get(id),
    };
    hosted = { objectClass, env: { [binding]: own } };
    return own;
  };
}
