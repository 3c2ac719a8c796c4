declare module 'vitest' {
  export interface ProvidedContext {
    /** A real Phoenix, and the origin from which pages may send to it; undefined where it could not be installed. */
    phoenix: { origin: string; pageOrigin: string } | undefined;
    /** A real Rotel, and the file it prints to. */
    rotel: { origin: string; log: string } | undefined;
  }
}

export {};
