/** Set by the build: true under the `development` condition. */
declare const __DEV__: boolean
/** Set by the build: address of the troubleshooting page, from `homepage` of the package. */
declare const __DOCS__: string
