import { defineAgentTrace } from './agent-trace';

// `dist/trace-viewer.js`: a script tag is the wish to have the element
defineAgentTrace();
