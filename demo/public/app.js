// Connect the page's forms and its list to the API and the sign-in.
import * as api from './api.js';
import * as session from './session.js';

const $ = id => document.getElementById(id);
const words = {
	low: 'Low', medium: 'Medium', high: 'High',
	pending: 'Pending', in_progress: 'In progress', completed: 'Completed',
};

let edited = null; // { id, tag } while the dialog is open

// --- Errors -----------------------------------------------------------------

function clearError(form) {
	form.querySelector('.error').replaceChildren();
	for (const field of form.elements)
		field.removeAttribute('aria-invalid');
}

function showError(place, error) {
	const lines = error.message.split('\n').map(line => {
		const paragraph = document.createElement('p');
		paragraph.textContent = line;
		return paragraph;
	});
	place.replaceChildren(...lines);
}

function showFormError(form, error) {
	showError(form.querySelector('.error'), error);
	const wrong = (error.fields ?? [])
		.map(({ name }) => form.elements.namedItem(name))
		.filter(field => field !== null);
	for (const field of wrong)
		field.setAttribute('aria-invalid', 'true');
	wrong[0]?.focus();
}

// Return whether the session has ended, e.g. by a sign-out in another window.
async function isSignedOut(error) {
	return error.status === 401 &&
		await session.currentUser().catch(() => true) === null;
}

// Run the action on each submit, one at a time.  Show its errors in the form.
function onSubmit(form, action) {
	form.addEventListener('submit', async event => {
		event.preventDefault();
		if (form.ariaBusy === 'true')
			return;
		form.ariaBusy = 'true';
		clearError(form);
		try {
			await action(Object.fromEntries(new FormData(form)));
		} catch (error) {
			if (await isSignedOut(error) && !$('tasks').hidden)
				showSignIn(error);
			else
				showFormError(form, error);
		} finally {
			form.ariaBusy = 'false';
		}
	});
}

// Run the action of a button, a checkbox or the list, one at a time.  Show its
// errors above the list.  Do not disable the control meanwhile: it would lose the
// keyboard's focus.
async function onTask(control, action) {
	if (control.ariaBusy === 'true')
		return;
	control.ariaBusy = 'true';
	$('list-error').replaceChildren();
	try {
		await action();
	} catch (error) {
		if (await isSignedOut(error))
			showSignIn(error);
		else
			showError($('list-error'), error);
	} finally {
		control.ariaBusy = 'false';
	}
}

// --- Views ------------------------------------------------------------------

function show(part) {
	for (const id of ['sign-in', 'sign-up', 'tasks'])
		$(id).hidden = id !== part;
	$('who').hidden = part !== 'tasks';
}

function showSignIn(error = null) {
	api.forgetToken();
	$('edit-dialog').close();
	$('list').replaceChildren();
	for (const form of document.forms) {
		form.reset();
		clearError(form);
	}
	show('sign-in');
	if (error !== null)
		showFormError($('sign-in'), error);
	$('sign-in-email').focus();
}

function showSignUp() {
	clearError($('sign-up'));
	show('sign-up');
	$('sign-up-name').focus();
}

async function showTasks(user) {
	$('user-name').textContent = user.name || user.email;
	show('tasks');
	$('add-title').focus();
	await onTask($('list'), refresh);
}

// --- The list ---------------------------------------------------------------

// Show the API's dates in UTC, whatever the local time zone.
function dateOf(due) {
	return due === null ? '' : due.slice(0, 10);
}

function taskItem(task) {
	const item = $('task-template').content.firstElementChild.cloneNode(true);
	const find = selector => item.querySelector(selector);
	const box = find('input');

	item.dataset.id = task.id;
	item.classList.toggle('done', task.completed);
	box.id = `done-${task.id}`;
	box.checked = task.completed;
	find('.title').htmlFor = box.id;
	find('.title').textContent = task.title;
	find('.description').textContent = task.description ?? '';
	find('.priority').textContent = words[task.priority];
	find('.priority').dataset.priority = task.priority;
	find('.state').textContent = words[task.status];
	find('.due').textContent = task.due_date && `Due ${dateOf(task.due_date)}`;
	find('.edit').ariaLabel = `Edit ${task.title}`;
	find('.delete').ariaLabel = `Delete ${task.title}`;

	box.addEventListener('change', () => onTask(box, () => complete(task, box)));
	find('.edit').addEventListener('click', event =>
		onTask(event.currentTarget, () => openEdit(task.id)));
	find('.delete').addEventListener('click', event =>
		onTask(event.currentTarget, () => remove(task)));
	return item;
}

// Recreate the list.  Keep the keyboard's focus on the same control of the same
// task.
function drawTasks(tasks) {
	const active = document.activeElement;
	const id = active?.closest('.task')?.dataset.id;
	const kind = ['input', '.edit', '.delete'].find(k => active?.matches(k));
	const done = tasks.filter(task => task.completed).length;

	$('list').replaceChildren(...tasks.map(taskItem));
	$('status').textContent = tasks.length === 0 ? 'Nothing to do yet.'
		: `${tasks.length} in all, ${done} completed`;
	if (id && kind)
		$('list').querySelector(`[data-id="${CSS.escape(id)}"] ${kind}`)?.focus();
}

async function refresh() {
	drawTasks(await api.listTasks());
}

// --- Actions ----------------------------------------------------------------

// Send an empty optional field as null.
function taskFrom(form) {
	return {
		...form,
		description: form.description || null,
		due_date: form.due_date || null,
	};
}

async function complete(task, box) {
	try {
		await api.completeTask(task.id, box.checked);
	} catch (error) {
		box.checked = task.completed;
		throw error;
	}
	await refresh();
}

async function remove(task) {
	if (!confirm(`Delete "${task.title}"?`))
		return;
	await api.deleteTask(task.id);
	$('list-heading').focus();
	await refresh();
}

async function openEdit(id) {
	const { task, tag } = await api.getTask(id);
	const form = $('edit');

	edited = { id, tag, due: task.due_date };
	clearError(form);
	for (const name of ['title', 'description', 'status', 'priority'])
		form.elements[name].value = task[name] ?? '';
	form.elements.due_date.value = dateOf(task.due_date);
	$('edit-dialog').showModal();
}

async function saveEdit(form) {
	const task = taskFrom(form);
	// Do not send an unchanged date: it would reset the task's time of day.
	if (task.due_date === (dateOf(edited.due) || null))
		delete task.due_date;
	await api.updateTask(edited.id, task, edited.tag);
	$('edit-dialog').close();
	await refresh();
}

async function addTask(form) {
	await api.createTask(taskFrom(form));
	$('add').reset();
	$('add-title').focus();
	await refresh();
}

async function leave() {
	await session.signOut();
	showSignIn();
}

async function start() {
	onSubmit($('sign-in'), async form => showTasks((await session.signIn(form)).user));
	onSubmit($('sign-up'), async form => showTasks((await session.signUp(form)).user));
	onSubmit($('add'), addTask);
	onSubmit($('edit'), saveEdit);
	$('show-sign-up').addEventListener('click', showSignUp);
	$('show-sign-in').addEventListener('click', () => showSignIn());
	$('edit-cancel').addEventListener('click', () => $('edit-dialog').close());
	$('sign-out').addEventListener('click', event =>
		onTask(event.currentTarget, leave));

	const user = await session.currentUser().catch(error => error);
	if (user instanceof Error)
		showSignIn(user);
	else if (user === null)
		showSignIn();
	else
		await showTasks(user);
}

start();
