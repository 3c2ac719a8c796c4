export const PLACES = ['answer', 'thought', 'toolResult', 'code', 'errorMessage', 'spanAttribute', 'spanName'] as const;
export type Place = (typeof PLACES)[number];

/** A case of rendering/1; its keys are told in `format.keys` of the file. */
export interface RenderingCase {
  id: string;
  what?: string;
  text: string;
  place: Place;
  expect: RenderingExpect;
}

export interface RenderingExpect {
  executed?: boolean;
  networkMustNot?: readonly string[];
  visible?: string;
  clickable?: readonly string[];
}
