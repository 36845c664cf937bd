<?php
// The peer in PHP: tasks with PDO, under PHP-FPM.  Debian has no JWT library for PHP, so
// the token is verified by hash_hmac.  The connection is persistent, and a statement
// takes one round trip, because PDO would prepare it anew for each request.
// Environment: DATABASE_DSN, BETTER_AUTH_SECRET.
declare(strict_types=1);

const COLUMNS = "id, user_id, title, description, status,
    status = 'completed' AS completed, priority, due_date, completed_at,
    created_at, updated_at";
const STATUSES = ['pending', 'in_progress', 'completed'];
const PRIORITIES = ['low', 'medium', 'high'];

function answer(int $status, mixed $body): never
{
    http_response_code($status);
    header('Content-Type: application/json');
    echo json_encode($body, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
    exit;
}

function decoded(string $text): string
{
    return base64_decode(strtr($text, '-_', '+/'), true) ?: '';
}

// Returns the user of a valid token.
function user(): string
{
    $header = $_SERVER['HTTP_AUTHORIZATION'] ?? '';
    if (preg_match('/^Bearer (([\w-]+)\.([\w-]+))\.([\w-]+)$/Di', $header, $part)) {
        $key = getenv('BETTER_AUTH_SECRET');
        $algorithm = json_decode(decoded($part[2]), true)['alg'] ?? '';
        $claims = json_decode(decoded($part[3]), true);
        if ($algorithm === 'HS256'
            && hash_equals(hash_hmac('sha256', $part[1], $key, true), decoded($part[4]))
            && ($claims['exp'] ?? 0) > time() && is_string($claims['sub'] ?? null)) {
            return $claims['sub'];
        }
    }
    answer(401, ['detail' => 'Invalid token']);
}

function rows(string $sql, array $values): array
{
    $database = new PDO(getenv('DATABASE_DSN'), null, null, [
        PDO::ATTR_PERSISTENT => true,
        PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
        PDO::PGSQL_ATTR_DISABLE_PREPARES => true,
    ]);
    $statement = $database->prepare($sql);
    foreach ($values as $place => $value) {
        $statement->bindValue($place + 1, $value, is_bool($value) ? PDO::PARAM_BOOL
            : (is_int($value) ? PDO::PARAM_INT : PDO::PARAM_STR));
    }
    $statement->execute();
    $rows = $statement->fetchAll(PDO::FETCH_ASSOC);
    foreach ($rows as &$row) {
        // PostgreSQL's form is 2030-01-09 12:00:00+00.
        foreach (['due_date', 'completed_at', 'created_at', 'updated_at'] as $name) {
            if ($row[$name] !== null) {
                $row[$name] = strtr($row[$name], [' ' => 'T', '+00' => 'Z']);
            }
        }
    }
    return $rows;
}

function one(int $status, array $rows): never
{
    if (!$rows) {
        answer(404, ['detail' => 'Task not found']);
    }
    answer($status, $rows[0]);
}

// Returns the valid fields of the body.
function body(bool $create): array
{
    $body = json_decode(file_get_contents('php://input'), true);
    $invalid = !is_array($body);
    foreach ($invalid ? [] : $body as $name => $value) {
        $invalid = $invalid || !match ($name) {
            'title' => is_string($value) && $value !== '' && mb_strlen_utf8($value) <= 255,
            'description' => $value === null || is_string($value) && mb_strlen_utf8($value) <= 2000,
            'status' => in_array($value, STATUSES, true),
            'priority' => in_array($value, PRIORITIES, true),
            'due_date' => $value === null || is_string($value) && strtotime($value) !== false,
            default => true,
        };
    }
    if ($invalid || ($create && !isset($body['title']))) {
        answer(422, ['detail' => 'Invalid body']);
    }
    return $body;
}

// Debian's mbstring is a package of its own.
function mb_strlen_utf8(string $text): int
{
    return preg_match_all('/./us', $text) ?: 0;
}

function list_tasks(string $user): never
{
    $limit = filter_var($_GET['limit'] ?? 100, FILTER_VALIDATE_INT,
        ['options' => ['min_range' => 1, 'max_range' => 1000]]);
    if ($limit === false) {
        answer(422, ['detail' => 'Invalid limit']);
    }
    answer(200, rows('SELECT ' . COLUMNS . ' FROM tasks WHERE user_id = ?
        ORDER BY created_at DESC, id DESC LIMIT ?', [$user, $limit]));
}

function create_task(string $user): never
{
    $body = body(true);
    $status = $body['status'] ?? 'pending';
    one(201, rows('INSERT INTO tasks
        (user_id, title, description, status, priority, due_date, completed_at)
        VALUES (?, ?, ?, ?, ?, ?, CASE WHEN ? THEN now() END) RETURNING ' . COLUMNS,
        [$user, $body['title'], $body['description'] ?? null, $status,
            $body['priority'] ?? 'medium', $body['due_date'] ?? null, $status === 'completed']));
}

function update_task(string $user, string $id): never
{
    $body = body(false);
    $names = array_intersect(array_keys($body),
        ['title', 'description', 'status', 'priority', 'due_date']);
    $changes = ['updated_at = clock_timestamp()'];
    $values = [];
    foreach ($names as $name) {
        $changes[] = "$name = ?";
        $values[] = $body[$name];
    }
    if (isset($body['status'])) {
        $changes[] = 'completed_at = CASE WHEN ? THEN coalesce(completed_at, now()) END';
        $values[] = $body['status'] === 'completed';
    }
    one(200, rows('UPDATE tasks SET ' . implode(', ', $changes) . '
        WHERE user_id = ? AND id = ? RETURNING ' . COLUMNS, [...$values, $user, $id]));
}

$user = user();
$path = explode('?', $_SERVER['REQUEST_URI'], 2)[0];
if (!preg_match('{^/api/tasks(?:/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))?$}D', $path, $part)) {
    answer(404, ['detail' => 'Not found']);
}
$id = $part[1] ?? null;
match ($_SERVER['REQUEST_METHOD'] . ($id === null ? '' : ' one')) {
    'GET' => list_tasks($user),
    'POST' => create_task($user),
    'GET one' => one(200, rows('SELECT ' . COLUMNS . ' FROM tasks
        WHERE user_id = ? AND id = ?', [$user, $id])),
    'PATCH one' => update_task($user, $id),
    default => answer(405, ['detail' => 'Method not allowed']),
};
