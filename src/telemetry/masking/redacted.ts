/** What stands for a hidden value; OpenInference's own word. */
export const REDACTED = '__REDACTED__';
