// The peer in JavaScript: tasks with Fastify, pg and jose, in two processes. Environment:
// DATABASE_URL, BETTER_AUTH_SECRET, PORT, POOL_SIZE (connections of one worker).
import cluster from 'node:cluster';
import Fastify from 'fastify';
import { jwtVerify } from 'jose';
import pg from 'pg';

const WORKERS = 2;
const env = process.env;

const instant = { type: 'string', format: 'date-time', nullable: true };
const task = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    user_id: { type: 'string' },
    title: { type: 'string' },
    description: { type: 'string', nullable: true },
    status: { type: 'string' },
    completed: { type: 'boolean' },
    priority: { type: 'string' },
    due_date: instant,
    completed_at: instant,
    created_at: instant,
    updated_at: instant,
  },
};
const fields = {
  title: { type: 'string', minLength: 1, maxLength: 255 },
  description: { type: 'string', maxLength: 2000, nullable: true },
  status: { enum: ['pending', 'in_progress', 'completed'] },
  priority: { enum: ['low', 'medium', 'high'] },
  due_date: instant,
};
const id = {
  type: 'object',
  properties: { id: { type: 'string', format: 'uuid' } },
};
const limit = {
  type: 'object',
  properties: {
    limit: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
  },
};

const COLUMNS = `id, user_id, title, description, status,
  status = 'completed' AS completed, priority, due_date, completed_at,
  created_at, updated_at`;

// pg prepares a named statement once per connection.
const statement = (name, text) => (values) => ({ name, text, values });
const sqlList = statement('list', `SELECT ${COLUMNS} FROM tasks
  WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2`);
const sqlGet = statement('get', `SELECT ${COLUMNS} FROM tasks
  WHERE user_id = $1 AND id = $2`);
const sqlCreate = statement('create', `INSERT INTO tasks
  (user_id, title, description, status, priority, due_date, completed_at)
  VALUES ($1, $2, $3, $4, $5, $6,
          CASE WHEN $4 = 'completed' THEN now() END)
  RETURNING ${COLUMNS}`);
const sqlUpdate = statement('update', `UPDATE tasks SET
  title = coalesce($3, title),
  description = CASE WHEN $4 THEN $5 ELSE description END,
  status = coalesce($6, status), priority = coalesce($7, priority),
  due_date = CASE WHEN $8 THEN $9 ELSE due_date END,
  completed_at = CASE WHEN coalesce($6, status) = 'completed'
                      THEN coalesce(completed_at, now()) END,
  updated_at = clock_timestamp()
  WHERE user_id = $1 AND id = $2 RETURNING ${COLUMNS}`);

async function build() {
  const pool = new pg.Pool({
    connectionString: env.DATABASE_URL,
    max: Number(env.POOL_SIZE),
    idleTimeoutMillis: 0,
  });
  // Import the key once. jose would import plain bytes for each token.
  const key = await crypto.subtle.importKey('raw',
    new TextEncoder().encode(env.BETTER_AUTH_SECRET),
    { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
  const app = Fastify();

  app.decorateRequest('user', null);
  app.addHook('onRequest', async (request, reply) => {
    const [scheme, token] = (request.headers.authorization ?? '').split(' ');
    try {
      if (scheme.toLowerCase() !== 'bearer') throw new Error('no token');
      const { payload } = await jwtVerify(token, key, { algorithms: ['HS256'] });
      if (!payload.sub) throw new Error('no user');
      request.user = payload.sub;
    } catch {
      return reply.code(401).send({ detail: 'Invalid token' });
    }
  });

  const one = async (reply, query) => {
    const { rows } = await pool.query(query);
    return rows[0] ?? reply.code(404).send({ detail: 'Task not found' });
  };
  const replies = { '2xx': task };

  app.get('/api/tasks', {
    schema: {
      querystring: limit,
      response: { '2xx': { type: 'array', items: task } },
    },
  }, async (request) =>
    (await pool.query(sqlList([request.user, request.query.limit]))).rows);

  app.get('/api/tasks/:id', { schema: { params: id, response: replies } },
    (request, reply) => one(reply, sqlGet([request.user, request.params.id])));

  app.post('/api/tasks', {
    schema: {
      body: { type: 'object', required: ['title'], properties: fields },
      response: replies,
    },
  }, (request, reply) => {
    const { title, description, status, priority, due_date } = request.body;
    reply.code(201);
    return one(reply, sqlCreate([request.user, title, description,
      status ?? 'pending', priority ?? 'medium', due_date]));
  });

  app.patch('/api/tasks/:id', {
    schema: {
      params: id,
      body: { type: 'object', properties: fields },
      response: replies,
    },
  }, (request, reply) => {
    const { title, description, status, priority, due_date } = request.body;
    return one(reply, sqlUpdate([request.user, request.params.id, title,
      description !== undefined, description, status, priority,
      due_date !== undefined, due_date]));
  });
  return app;
}

if (cluster.isPrimary) {
  for (let i = 0; i < WORKERS; i++) cluster.fork();
  // With only one worker the figures would be wrong, so end both.
  cluster.on('exit', () => process.exit(1));
} else {
  const app = await build();
  await app.listen({ host: '127.0.0.1', port: Number(env.PORT), backlog: 4096 });
}
