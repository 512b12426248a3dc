// The one thing taken from swagger-ui-dist, which has no types of its own: where its files lie.
declare module 'swagger-ui-dist/absolute-path.js' {
  export default function getAbsoluteFSPath(): string;
}
