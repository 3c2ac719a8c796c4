export { type ContextReach, ensureContextManager } from './context-manager';
