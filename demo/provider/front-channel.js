// On the provider's signed-out page: goes on once every application has been told, or after 3 s.
const { onward } = document.currentScript.dataset
const frames = [...document.querySelectorAll('iframe')]
const loaded = frame => new Promise(resolve => frame.addEventListener('load', resolve, { once: true }))
const patience = new Promise(resolve => setTimeout(resolve, 3000))

const told = Promise.all(frames.map(loaded))
// Only now, so that none has loaded before anybody listened.
for (const frame of frames) frame.src = frame.dataset.src
void Promise.race([told, patience]).then(() => location.replace(onward))
