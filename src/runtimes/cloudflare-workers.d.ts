/** The part of workerd's own module that is used; runtimes of before 2025 have no `waitUntil` in it. */
declare module 'cloudflare:workers' {
  export const waitUntil: ((promise: Promise<unknown>) => void) | undefined;
}
