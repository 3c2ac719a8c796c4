/** A compiled module, as workerd and wrangler give it. */
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
