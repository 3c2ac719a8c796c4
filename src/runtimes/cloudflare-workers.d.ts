/** The part of workerd's own module that is used; runtimes of before 2025 have neither of these in it. */
declare module 'cloudflare:workers' {
  export const waitUntil: ((promise: Promise<unknown>) => void) | undefined;
  /** Variables, secrets and other bindings, which are no text. */
  export const env: Readonly<Record<string, unknown>> | undefined;
}
