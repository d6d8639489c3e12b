/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** The version of the build, from package.json. */
  readonly VITE_APP_VERSION: string
}
