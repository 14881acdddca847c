// A notice in the document's title, and the application's own title put back after it.

/** Who has something to say; the first of them does. */
const speakers = new Set<object>()

/** The title as a notice has it, to be told from one that the application has set since. */
let said: string | undefined
let before = ''

export interface TitleNotice {
	say(text: string): void
	/** Puts the title back, unless the application has set another. */
	stop(): void
}

export function createTitleNotice(): TitleNotice {
	const notice: TitleNotice = {
		say(text) {
			speakers.add(notice)
			const [first] = speakers
			if (first !== notice) return
			if (document.title !== said) before = document.title
			document.title = text
			// As the document has it: white space is collapsed.
			said = document.title
		},
		stop() {
			speakers.delete(notice)
			if (speakers.size || said === undefined) return
			if (document.title === said) document.title = before
			said = undefined
		},
	}
	return notice
}
