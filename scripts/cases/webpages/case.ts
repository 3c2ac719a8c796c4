/** A case of webpages/1, as `keys.ts` has checked it. */
export interface PageCase {
  id: string;
  url?: string;
  status?: number;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  bodyBase64?: string;
  bodyGen?: BodyGenerator;
  expect: PageExpect;
}

export interface BodyGenerator {
  prefix?: string;
  repeat?: string;
  times?: number;
  suffix?: string;
  gzip?: true;
  endless?: true;
  delayMsPerChunk?: number;
}

export interface PageExpect {
  outcome: 'text' | 'error';
  mustContain?: readonly string[];
  mustNotContain?: readonly string[];
  inOrder?: readonly string[];
  links?: readonly (readonly string[])[];
  maxChars?: number;
  truncated?: true;
  errorIncludes?: string;
  maxReadBytes?: number;
  maxMs?: number;
  maxVirtualMs?: number;
  requests?: number;
}
