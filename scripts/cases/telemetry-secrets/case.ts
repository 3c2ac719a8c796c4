/** A case of telemetry-secrets/1, as `keys.ts` has checked it. */
export interface SecretsCase {
  id: string;
  config?: SecretsConfig;
  run?: SecretsRun;
  expect?: Partial<SecretsExpect>;
}

export interface SecretsConfig {
  hideInputs?: true;
  hideOutputs?: true;
  hideInputMessages?: true;
  hideOutputMessages?: true;
  hideInputText?: true;
  hideOutputText?: true;
  hideInputImages?: true;
  hideLlmInvocationParameters?: true;
  hideLlmTools?: true;
  hidePrompts?: true;
  base64ImageMaxLength?: number;
  redact?: 'default' | readonly string[];
  exporterHeaders?: Readonly<Record<string, string>>;
}

export interface SecretsRun {
  task?: string;
  answer?: string;
  code?: string;
  toolCall?: string;
  tools?: readonly string[];
  toolArgs?: Readonly<Record<string, unknown>>;
  toolThrows?: string;
  streamAnswer?: readonly string[];
  image?: string;
  managed?: { answer?: string };
  modelKey?: string;
  modelParams?: Readonly<Record<string, unknown>>;
  endpoint?: string;
  headers?: Readonly<Record<string, string>>;
  response?: { status?: number; body?: string };
  modelErrorCause?: string;
}

export interface SecretsExpect {
  where: 'spans' | 'requests' | 'console';
  mustNotContain: readonly string[];
  mustContain: readonly string[];
  redactedKeys: readonly string[];
  absentKeys: readonly string[];
  presentKeys: readonly string[];
  maxSpansNamed: Readonly<Record<string, number>>;
  bodiesParse: boolean;
  maxRedactMs: number;
}
