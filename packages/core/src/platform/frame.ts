/** A hidden frame; the provider's page in it may run scripts and send forms, and leaves this page where it is. */
export function frame(url: string): () => void {
	const element = document.createElement('iframe')
	element.hidden = true
	element.title = 'session'
	element.setAttribute('sandbox', 'allow-scripts allow-same-origin allow-forms')
	element.src = url
	document.body.append(element)
	return () => element.remove()
}
