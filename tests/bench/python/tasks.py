#!/usr/bin/python3
"""The peer in Python as CGI: tasks with psycopg2 and PyJWT.

Environment: DATABASE_URL, BETTER_AUTH_SECRET, and that of CGI.
"""
import json
import os
import sys
from datetime import datetime
from urllib.parse import parse_qs
from uuid import UUID

import jwt
import psycopg2
from psycopg2.extras import RealDictCursor

COLUMNS = """id, user_id, title, description, status,
    status = 'completed' AS completed, priority, due_date, completed_at,
    created_at, updated_at"""
STATUSES = ("pending", "in_progress", "completed")
PRIORITIES = ("low", "medium", "high")
FIELDS = ("title", "description", "status", "priority", "due_date")


class Failure(Exception):
    """A reply that is an error: its status and detail."""


def get_user():
    scheme, _, token = os.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    try:
        if scheme.lower() != "bearer":
            raise Failure("401 Unauthorized", "Invalid token")
        claims = jwt.decode(
            token, os.environ["BETTER_AUTH_SECRET"], algorithms=["HS256"]
        )
        return claims["sub"]
    except (jwt.PyJWTError, KeyError):
        raise Failure("401 Unauthorized", "Invalid token")


def is_text(value, least, most):
    return isinstance(value, str) and least <= len(value) <= most


def is_instant(value):
    try:
        return bool(datetime.fromisoformat(value.replace("Z", "+00:00")))
    except (AttributeError, ValueError):
        return False


CHECKS = {
    "title": lambda value: is_text(value, 1, 255),
    "description": lambda value: value is None or is_text(value, 0, 2000),
    "status": lambda value: value in STATUSES,
    "priority": lambda value: value in PRIORITIES,
    "due_date": lambda value: value is None or is_instant(value),
}


def read_body():
    length = int(os.environ.get("CONTENT_LENGTH") or 0)
    try:
        body = json.loads(sys.stdin.buffer.read(length))
        fields = {name: body[name] for name in FIELDS if name in body}
    except (TypeError, ValueError):
        raise Failure("422 Unprocessable Entity", "Invalid body")
    if not all(CHECKS[name](value) for name, value in fields.items()):
        raise Failure("422 Unprocessable Entity", "Invalid body")
    return fields


def rows(sql, values):
    with psycopg2.connect(os.environ["DATABASE_URL"]) as connection:
        with connection.cursor(cursor_factory=RealDictCursor) as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()


def one(found):
    if not found:
        raise Failure("404 Not Found", "Task not found")
    return found[0]


def list_tasks(user):
    query = parse_qs(os.environ.get("QUERY_STRING", ""))
    limit = query.get("limit", ["100"])[-1]
    if not limit.isdecimal() or not 1 <= int(limit) <= 1000:
        raise Failure("422 Unprocessable Entity", "Invalid limit")
    return "200 OK", rows(
        f"""SELECT {COLUMNS} FROM tasks WHERE user_id = %s
            ORDER BY created_at DESC, id DESC LIMIT %s""",
        (user, int(limit)),
    )


def create_task(user):
    task = {"status": "pending", "priority": "medium"} | read_body()
    if "title" not in task:
        raise Failure("422 Unprocessable Entity", "Invalid body")
    found = rows(
        f"""INSERT INTO tasks (user_id, title, description, status, priority,
                due_date, completed_at)
            VALUES (%s, %s, %s, %s, %s, %s, CASE WHEN %s THEN now() END)
            RETURNING {COLUMNS}""",
        (user, *(task.get(name) for name in FIELDS), task["status"] == "completed"),
    )
    return "201 Created", found[0]


def get_task(user, task_id):
    return "200 OK", one(rows(
        f"SELECT {COLUMNS} FROM tasks WHERE user_id = %s AND id = %s",
        (user, task_id),
    ))


def update_task(user, task_id):
    task = read_body()
    changes = ["updated_at = clock_timestamp()"]
    changes += [f"{name} = %s" for name in task]
    values = list(task.values())
    if "status" in task:
        changes.append(
            "completed_at = CASE WHEN %s THEN coalesce(completed_at, now()) END"
        )
        values.append(task["status"] == "completed")
    return "200 OK", one(rows(
        f"""UPDATE tasks SET {', '.join(changes)}
            WHERE user_id = %s AND id = %s RETURNING {COLUMNS}""",
        (*values, user, task_id),
    ))


def reply():
    user = get_user()
    method, name = os.environ["REQUEST_METHOD"], os.environ.get("PATH_INFO", "")
    if not name:
        routes = {"GET": list_tasks, "POST": create_task}
        arguments = (user,)
    else:
        try:
            arguments = (user, str(UUID(name[1:])))
        except ValueError:
            raise Failure("404 Not Found", "Task not found")
        routes = {"GET": get_task, "PATCH": update_task}
    if method not in routes:
        raise Failure("405 Method Not Allowed", "Method not allowed")
    return routes[method](*arguments)


try:
    status, body = reply()
except Failure as failure:
    status, body = failure.args[0], {"detail": failure.args[1]}
text = json.dumps(body, default=datetime.isoformat)
print(f"Status: {status}\nContent-Type: application/json\n\n{text}", end="")
