/** Leaves the page for `action` by a form that is sent by POST. */
export function submit(action: string, fields: Iterable<readonly [name: string, value: string]>): void {
	const form = document.createElement('form')
	form.method = 'post'
	form.action = action
	form.hidden = true
	for (const [name, value] of fields) {
		const field = document.createElement('input')
		field.type = 'hidden'
		field.name = name
		field.value = value
		form.append(field)
	}
	document.body.append(form)
	// Not `form.submit()`: a field of that name would hide the method.
	HTMLFormElement.prototype.submit.call(form)
	form.remove()
}
