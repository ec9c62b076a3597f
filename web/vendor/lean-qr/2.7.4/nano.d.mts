// For the type-checker: what the viewer uses of what is vendored beside this.
export function generate(data: string): { readonly size: number; get(x: number, y: number): boolean };
