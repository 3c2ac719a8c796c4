import { registerZoneContext } from 'smolagents-web/zone';
import { runNesting } from './nesting';

registerZoneContext();
Object.assign(globalThis, { runNesting });
