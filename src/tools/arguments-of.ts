import type { OutputOf, StandardSchema } from './standard-schema';

/**
 * What `execute` is given, worked out from the `inputs` that a tool was made with: the output of a Standard Schema, the
 * value of a JSON Schema of type object, or the values of smolagents' `inputs`, nullable ones optional.
 */
export type ArgumentsOf<Inputs> = Inputs extends StandardSchema
  ? OutputOf<Inputs>
  : Inputs extends { readonly type: 'object'; readonly properties: infer Properties }
    ? Shown<PropertiesOf<Properties, RequiredOf<Inputs>>>
    : Inputs extends { readonly type: 'object' }
      ? Record<string, unknown>
      : string extends keyof Inputs
        ? Record<string, unknown>
        : Shown<InputsOf<Inputs>>;

type InputsOf<Inputs> = {
  -readonly [Name in keyof Inputs as Inputs[Name] extends { nullable: true } ? never : Name]: ValueOf<Inputs[Name]>;
} & {
  -readonly [Name in keyof Inputs as Inputs[Name] extends { nullable: true } ? Name : never]?: ValueOf<
    Inputs[Name]
  > | null;
};

type PropertiesOf<Properties, Required> = {
  -readonly [Name in keyof Properties as Name extends Required ? Name : never]: ValueOf<Properties[Name]>;
} & {
  -readonly [Name in keyof Properties as Name extends Required ? never : Name]?: ValueOf<Properties[Name]>;
};

type RequiredOf<Schema> = Schema extends { readonly required: readonly (infer Name)[] } ? Name : never;

type ValueOf<Input> = Input extends { readonly const: infer Value }
  ? Value
  : Input extends { readonly enum: readonly (infer Value)[] }
    ? Value
    : Input extends { readonly type: infer Type }
      ? Type extends readonly (infer Each)[]
        ? TypeNamed<Each, Input>
        : TypeNamed<Type, Input>
      : unknown;

type TypeNamed<Type, Input> = Type extends 'string'
  ? string
  : Type extends 'integer' | 'number'
    ? number
    : Type extends 'boolean'
      ? boolean
      : Type extends 'null'
        ? null
        : Type extends 'array'
          ? (Input extends { readonly items: infer Items } ? ValueOf<Items> : unknown)[]
          : Type extends 'object'
            ? Input extends { readonly properties: infer Properties }
              ? Shown<PropertiesOf<Properties, RequiredOf<Input>>>
              : Record<string, unknown>
            : unknown;

/** The same type, written out, so that editors show the properties and not how they came about. */
type Shown<Type> = { [Key in keyof Type]: Type[Key] };
