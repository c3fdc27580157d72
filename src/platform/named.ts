/** What is bound or set for one region by a name that ends in it, else for all of them. */
export const named = (env: object, name: string, region: string): unknown => {
  const bindings = env as Readonly<Record<string, unknown>>;
  return bindings[`${name}_${region.toUpperCase()}`] ?? bindings[name];
};
