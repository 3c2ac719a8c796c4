import { refuseSetting } from '../web/options';
import { isRecord } from '../web/record';

/** Throws `AgentConfigurationError` unless the value can open sandboxes, as `Executor` says. */
export function checkExecutor(owner: string, executor: unknown): void {
  if (!isRecord(executor) || typeof executor.open !== 'function')
    refuseSetting(owner, 'executor', executor, 'an executor: an object with the method open');
}

/** Throws `AgentConfigurationError` unless the value is JavaScript module source by name. */
export function checkModules(owner: string, modules: unknown): void {
  if (!isPlain(modules)) refuseSetting(owner, 'modules', modules, 'an object of module sources by name');
  for (const [name, source] of Object.entries(modules)) {
    if (typeof source !== 'string') refuseSetting(owner, `modules.${name}`, source, 'JavaScript module source, a text');
  }
}

/** Whether a value is an object of entries: a Map or a class of its own kind would give none or other ones. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && Object.prototype.toString.call(value) === '[object Object]';
}
