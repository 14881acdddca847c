// The one rule for every address that tokens may go to, or that the page may be sent to.

/** Returns whether `url` is https, or http on this machine (`localhost`, `*.localhost`, `127.0.0.0/8`, `[::1]`; W3C Secure Contexts section 3.1). */
export const isSecureAddress = ({ protocol, hostname }: URL): boolean =>
	// A host that ends in a number is parsed as an IPv4 address, so what is left of `127.` are numbers.
	protocol === 'https:' || (protocol === 'http:' && /^((.+\.)?localhost|127\.[\d.]+|\[::1])$/.test(hostname))
