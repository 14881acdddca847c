import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { submit } from './submit.ts'

/** What the page did, in order. */
let done: unknown[]

beforeEach(() => {
	done = []
	class FakeForm {
		method = 'get'
		action = ''
		hidden = false
		readonly fields: object[] = []
		append(field: object) {
			this.fields.push({ ...field })
		}
		submit() {
			const { method, action, fields } = this
			done.push({ method, action, fields })
		}
		remove() {
			done.push('removed')
		}
	}
	vi.stubGlobal('HTMLFormElement', FakeForm)
	vi.stubGlobal('document', {
		createElement: (name: string) => (name === 'form' ? new FakeForm() : {}),
		body: { append: () => done.push('appended') },
	})
})

afterEach(() => {
	vi.unstubAllGlobals()
})

it('leaves by a form that is sent by POST and is gone from the page at once', () => {
	submit('https://id.example/logout?p=1', [
		['id_token_hint', 'token'],
		['submit', 'a name that hides a method'],
	])
	expect(done).toEqual([
		'appended',
		{
			method: 'post',
			action: 'https://id.example/logout?p=1',
			fields: [
				{ type: 'hidden', name: 'id_token_hint', value: 'token' },
				{ type: 'hidden', name: 'submit', value: 'a name that hides a method' },
			],
		},
		'removed',
	])
})
