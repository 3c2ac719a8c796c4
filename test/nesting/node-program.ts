import { runNesting } from './nesting';

console.log(JSON.stringify(await runNesting('handle')));
