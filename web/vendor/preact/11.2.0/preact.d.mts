// For the type-checker: what is vendored beside this has the types of the package of its version.
export * from 'preact';
