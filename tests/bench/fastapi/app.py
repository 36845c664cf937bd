"""The peer in Python: tasks with FastAPI, SQLModel, psycopg2 and PyJWT.

Written in the usual way except for the sessions.  A session from Depends keeps
its connection while the reply waits for a thread.  With enough clients all
threads then wait for connections, which is a deadlock.  There are as many
threads as connections, because more threads would only wait.

Environment: DATABASE_URL, BETTER_AUTH_SECRET, POOL_SIZE (connections of one
worker).
"""
import os
from datetime import datetime, timezone
from typing import List, Literal, Optional
from uuid import UUID, uuid4

import jwt
from anyio.to_thread import current_default_thread_limiter
from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Column, DateTime
from sqlmodel import Field, Session, SQLModel, create_engine, select

SECRET = os.environ["BETTER_AUTH_SECRET"]
POOL_SIZE = int(os.environ["POOL_SIZE"])
engine = create_engine(
    os.environ["DATABASE_URL"], pool_size=POOL_SIZE, max_overflow=0
)
app = FastAPI()
bearer = HTTPBearer()

Status = Literal["pending", "in_progress", "completed"]
Priority = Literal["low", "medium", "high"]


def now() -> datetime:
    return datetime.now(timezone.utc)


def instant(**options):
    return Field(sa_column=Column(DateTime(timezone=True)), **options)


class Task(SQLModel, table=True):
    __tablename__ = "tasks"
    user_id: str = Field(primary_key=True)
    id: UUID = Field(default_factory=uuid4, primary_key=True)
    title: str
    description: Optional[str] = None
    status: str = "pending"
    priority: str = "medium"
    due_date: Optional[datetime] = instant(default=None)
    completed_at: Optional[datetime] = instant(default=None)
    created_at: datetime = instant(default_factory=now)
    updated_at: datetime = instant(default_factory=now)

    @property
    def completed(self) -> bool:
        return self.status == "completed"


class TaskCreate(SQLModel):
    title: str = Field(min_length=1, max_length=255)
    description: Optional[str] = Field(default=None, max_length=2000)
    status: Status = "pending"
    priority: Priority = "medium"
    due_date: Optional[datetime] = None


class TaskUpdate(SQLModel):
    title: Optional[str] = Field(default=None, min_length=1, max_length=255)
    description: Optional[str] = Field(default=None, max_length=2000)
    status: Optional[Status] = None
    priority: Optional[Priority] = None
    due_date: Optional[datetime] = None


class TaskRead(SQLModel):
    id: UUID
    user_id: str
    title: str
    description: Optional[str]
    status: str
    completed: bool
    priority: str
    due_date: Optional[datetime]
    completed_at: Optional[datetime]
    created_at: datetime
    updated_at: datetime


@app.on_event("startup")
async def limit_threads():
    current_default_thread_limiter().total_tokens = POOL_SIZE


async def get_user(
    credentials: HTTPAuthorizationCredentials = Depends(bearer),
) -> str:
    try:
        claims = jwt.decode(
            credentials.credentials, SECRET, algorithms=["HS256"]
        )
    except jwt.PyJWTError:
        raise HTTPException(401, "Invalid token")
    user = claims.get("sub")
    if not user:
        raise HTTPException(401, "Invalid token")
    return user


def find(session: Session, user: str, task_id: UUID) -> Task:
    query = select(Task).where(Task.user_id == user, Task.id == task_id)
    task = session.exec(query).first()
    if task is None:
        raise HTTPException(404, "Task not found")
    return task


@app.get("/api/tasks", response_model=List[TaskRead])
def list_tasks(
    limit: int = Query(default=100, ge=1, le=1000),
    user: str = Depends(get_user),
):
    query = (
        select(Task)
        .where(Task.user_id == user)
        .order_by(Task.created_at.desc(), Task.id.desc())
        .limit(limit)
    )
    with Session(engine) as session:
        return session.exec(query).all()


@app.post("/api/tasks", response_model=TaskRead, status_code=201)
def create_task(
    body: TaskCreate,
    user: str = Depends(get_user),
):
    task = Task(user_id=user, **body.dict())
    if task.completed:
        task.completed_at = now()
    with Session(engine) as session:
        session.add(task)
        session.commit()
        session.refresh(task)
        return task


@app.get("/api/tasks/{task_id}", response_model=TaskRead)
def get_task(
    task_id: UUID,
    user: str = Depends(get_user),
):
    with Session(engine) as session:
        return find(session, user, task_id)


@app.patch("/api/tasks/{task_id}", response_model=TaskRead)
def update_task(
    task_id: UUID,
    body: TaskUpdate,
    user: str = Depends(get_user),
):
    with Session(engine) as session:
        task = find(session, user, task_id)
        was_completed = task.completed
        for name, value in body.dict(exclude_unset=True).items():
            setattr(task, name, value)
        if task.completed != was_completed:
            task.completed_at = now() if task.completed else None
        task.updated_at = now()
        session.add(task)
        session.commit()
        session.refresh(task)
        return task
