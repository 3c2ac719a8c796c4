/** Vitest's global setup: makes the generated files that are not in git. */
export default function setup(): Promise<void>;
/** The module text of `guest-text.ts`. */
export function guestText(): Promise<string>;
/** The hardened copy of the engine's bytes; throws for any other bytes. */
export function harden(original: Uint8Array): Uint8Array;
