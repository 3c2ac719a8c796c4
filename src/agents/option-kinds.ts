import { AgentConfigurationError } from '../errors';
import { encode } from '../executors/codec';
import { thrownWords } from '../executors/thrown';
import { checkExecutor, checkModules, isPlain } from '../tools/check-sandbox';
import { refuseSetting, showSetting } from '../web/options';
import { isRecord } from '../web/record';

/** Throws an `AgentConfigurationError` for a value that is not of its option's kind; numbers and names are looked at elsewhere. */
export function checkKinds(agentClass: string, options: object): void {
  const given: Readonly<Record<string, unknown>> = { ...options };
  checkModel(agentClass, given.model);
  for (const [allowed, fits, names] of KINDS) {
    for (const name of names) {
      const value = given[name];
      if (value !== undefined && !fits(value)) refuseSetting(agentClass, `\`${name}\``, value, allowed);
    }
  }
  checkEntries(
    agentClass,
    'managedAgents',
    given.managedAgents,
    'an agent: an object with the method delegate',
    isDelegate,
  );
  for (const name of ['finalAnswerChecks', 'stepCallbacks'])
    checkEntries(agentClass, name, given[name], 'a function', (entry) => typeof entry === 'function');
  if (given.executor !== undefined) checkExecutor(agentClass, given.executor);
  if (given.modules !== undefined) checkModules(agentClass, given.modules);
  for (const [name, value] of Object.entries(given.state ?? {})) {
    if (typeof value === 'function' || typeof value === 'symbol')
      refuseSetting(agentClass, `\`state\`.${name}`, value, 'a value; functions are given as tools');
  }
}

/** Throws an `AgentConfigurationError` for state that code could not have as variables beside what it calls. */
export function checkVariables(
  state: Readonly<Record<string, unknown>>,
  called: readonly { readonly name: string | undefined }[],
): void {
  for (const [name, value] of Object.entries(state)) {
    if (called.some((callable) => callable.name === name))
      throw new AgentConfigurationError(
        `CodeAgent: \`state\` holds "${name}", which is a tool or managed agent; give one of them another name`,
      );
    try {
      encode(value);
    } catch (cause) {
      throw new AgentConfigurationError(
        `CodeAgent: \`state\`.${name} is ${showSetting(value)} that no sandbox can take: ${thrownWords(cause).message}; allowed is what JSON has, Date, Map, Set, BigInt, typed arrays`,
      );
    }
  }
}

type Kind = readonly [allowed: string, fits: (value: unknown) => boolean, names: readonly string[]];

const KINDS: readonly Kind[] = [
  ['a list', Array.isArray, ['tools', 'managedAgents', 'finalAnswerChecks', 'stepCallbacks']],
  ['a text', (value) => typeof value === 'string', ['description', 'instructions']],
  ['a function', (value) => typeof value === 'function', ['beforeToolCall']],
  ['an object of values by name', isPlain, ['state']],
  [
    'true or false',
    (value) => typeof value === 'boolean',
    ['addBaseTools', 'provideRunSummary', 'streamOutputs', 'returnFullResult', 'useStructuredOutputsInternally'],
  ],
];

function checkModel(agentClass: string, model: unknown): void {
  if (isRecord(model) && typeof model.generate === 'function' && typeof model.modelId === 'string') return;
  throw new AgentConfigurationError(
    `${agentClass}: \`model\` is ${model === undefined ? 'missing' : `${showSetting(model)}, which is no model`}; must be an object with modelId and generate, such as new HfApiModel()`,
  );
}

function checkEntries(
  agentClass: string,
  option: string,
  entries: unknown,
  allowed: string,
  fits: (entry: unknown) => boolean,
): void {
  if (!Array.isArray(entries)) return;
  for (const [index, entry] of entries.entries()) {
    if (!fits(entry)) refuseSetting(agentClass, `\`${option}\`[${index}]`, entry, allowed);
  }
}

function isDelegate(entry: unknown): boolean {
  return isRecord(entry) && typeof entry.delegate === 'function';
}
