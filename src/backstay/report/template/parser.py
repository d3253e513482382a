"""Tokens to the syntax tree.

Nesting is bounded here, so that nothing behind the parser can run out of stack.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from backstay.report.template import literals
from backstay.report.template.errors import TemplateError
from backstay.report.template.lexer import Kind, Token, tokens
from backstay.report.template.tree import (
    Action,
    Branch,
    BranchKind,
    Command,
    Dot,
    Fields,
    Function,
    Item,
    Jump,
    JumpKind,
    Operand,
    Pipe,
    Text,
    Value,
    Variable,
)

MAX_BLOCKS: Final = 16
MAX_EXPRESSIONS: Final = 20
MAX_CASES: Final = 30
_BRANCHES: Final[dict[str, BranchKind]] = {"if": "if", "with": "with", "range": "range"}
_JUMPS: Final[dict[str, JumpKind]] = {"break": "break", "continue": "continue"}
_CONSTANTS: Final = {"true": True, "false": False, "nil": None}
_LITERALS: Final[dict[Kind, Callable[[str], str | int | float]]] = {
    "string": literals.string,
    "char": literals.character,
    "number": literals.number,
}
_ABSENT: Final = ("define", "template", "block")


def parse(text: str) -> tuple[Item, ...]:
    """The tree of a template. Raises `TemplateError` with the position."""
    parser = _Parser(list(tokens(text)))
    items, closing = parser.items()
    if closing.kind != "end":
        raise TemplateError(closing.position, f"unexpected {{{{{closing.text}}}}}")
    return items


class _Parser:
    """Recursive descent over the tokens; `index` is the next one."""

    def __init__(self, stream: list[Token]) -> None:
        self.stream = stream
        self.index = 0
        self.blocks: list[str] = []
        self.depth = 0

    # Tokens

    @property
    def next(self) -> Token:
        return self.stream[self.index]

    def take(self) -> Token:
        token = self.stream[self.index]
        self.index += 1
        return token

    def accept(self, text: str) -> bool:
        found = self.next.kind in ("symbol", "word") and self.next.text == text
        self.index += found
        return found

    def close(self, what: str) -> None:
        token = self.take()
        if token.kind != "close":
            raise TemplateError(token.position, f'unexpected "{token.text}" in {what}')

    # Text and actions

    def items(self) -> tuple[tuple[Item, ...], Token]:
        """Everything up to an `end`, an `else`, or the end of the template, which is returned too."""
        found: list[Item] = []
        while True:
            token = self.take()
            if token.kind == "end":
                return tuple(found), token
            if token.kind == "text":
                found.append(Text(position=token.position, text=token.text))
                continue
            keyword = self.next
            if keyword.kind == "word" and keyword.text in ("end", "else"):
                return tuple(found), self.take()
            found.append(self.action())

    def action(self) -> Item:
        token = self.next
        if token.kind == "word" and token.text in _ABSENT:
            raise TemplateError(
                token.position,
                f"{token.text} is not supported",
                hint="write the text of the template where it is used",
            )
        if token.kind == "word" and token.text in _BRANCHES:
            self.take()
            return self.branch(token)
        if token.kind == "word" and token.text in _JUMPS:
            return self.jump(self.take())
        pipe = self.pipe("the action")
        self.close("the action")
        return Action(position=token.position, pipe=pipe)

    def jump(self, token: Token) -> Jump:
        loops = [block for block in self.blocks if block.startswith("range")]
        if loops[-1:] != ["range"]:
            where = "in the else of a range" if loops else "outside of range"
            raise TemplateError(token.position, f"{token.text} {where}")
        self.close(token.text)
        return Jump(position=token.position, kind=_JUMPS[token.text])

    def branch(self, opening: Token) -> Branch:
        """An `if`, `with` or `range` whose keyword is taken, up to and with its `end`.

        `else if` and `else with` share the `end`: each is a branch within the one before.
        """
        if len(self.blocks) == MAX_BLOCKS:
            raise TemplateError(opening.position, f"more than {MAX_BLOCKS} blocks within each other")
        self.blocks.append(opening.text)
        cases = [self.case(opening)]
        while self.chained(opening, cases[-1][2]):
            cases.append(self.case(self.take()))
        self.blocks[-1] = f"{opening.text} else"
        otherwise = self.otherwise(opening, cases[-1][2])
        self.blocks.pop()
        if len(cases) > MAX_CASES:
            raise TemplateError(opening.position, f"more than {MAX_CASES} cases in one {opening.text}")
        for pipe, body, _ in reversed(cases):
            branch = Branch(
                position=pipe.position,
                kind=_BRANCHES[opening.text],
                pipe=pipe,
                body=body,
                otherwise=otherwise,
            )
            otherwise = (branch,)
        return branch

    def case(self, keyword: Token) -> tuple[Pipe, tuple[Item, ...], Token]:
        """The pipeline and body of one case, and the `end` or `else` that ends it."""
        pipe = self.pipe(keyword.text, elements=keyword.text == "range")
        self.close(keyword.text)
        body, closing = self.items()
        if closing.kind == "end":
            raise TemplateError(keyword.position, f"{keyword.text} is not closed: {{{{end}}}} is missing")
        return pipe, body, closing

    def chained(self, opening: Token, closing: Token) -> bool:
        return closing.text == "else" and opening.text != "range" and self.next.text == opening.text

    def otherwise(self, opening: Token, closing: Token) -> tuple[Item, ...]:
        """What follows the last case: nothing after `end`, a body after `else`."""
        self.close(closing.text)
        if closing.text == "end":
            return ()
        items, end = self.items()
        if end.text != "end":
            wrong = "a second else" if end.text == "else" else f"{opening.text} is not closed"
            raise TemplateError(end.position, wrong)
        self.close("end")
        return items

    # Pipelines

    def pipe(self, what: str, *, elements: bool = False) -> Pipe:
        """A pipeline with the variables it sets; `elements`: those of a range may be two."""
        position = self.next.position
        self.depth += 1
        if self.depth > MAX_EXPRESSIONS:
            raise TemplateError(position, f"more than {MAX_EXPRESSIONS} pipelines within each other")
        variables, assigns = self.variables(elements)
        commands = [self.command(what)]
        while self.accept("|"):
            commands.append(self.stage(what))
        if len(commands) > MAX_EXPRESSIONS:
            raise TemplateError(position, f"more than {MAX_EXPRESSIONS} commands in a pipeline")
        self.depth -= 1
        return Pipe(position=position, commands=tuple(commands), variables=variables, assigns=assigns)

    def variables(self, elements: bool) -> tuple[tuple[str, ...], bool]:
        start = self.index
        names: list[str] = []
        while self.next.kind == "variable":
            names.append(self.take().text)
            if self.accept(":=") or self.accept("="):
                if len(names) > (2 if elements else 1):
                    raise TemplateError(self.next.position, "too many variables")
                return tuple(names), self.stream[self.index - 1].text == "="
            if not self.accept(","):
                break
        self.index = start
        return (), False

    def stage(self, what: str) -> Command:
        """A command that gets the result of another: it has to be something that can be called."""
        command = self.command(what)
        if not isinstance(command.operand, Function | Fields):
            raise TemplateError(command.position, "this part of the pipeline is not a function")
        return command

    def command(self, what: str) -> Command:
        position = self.next.position
        operands = [self.operand(what)]
        while self.next.kind != "close" and self.next.text not in ("|", ")"):
            if not self.next.spaced:
                raise TemplateError(self.next.position, f'unexpected "{self.next.text}" in {what}')
            operands.append(self.operand(what))
        first, *arguments = operands
        if isinstance(first, Value) and first.value is None:
            raise TemplateError(position, "nil is not a command")
        if arguments and not isinstance(first, Function | Fields):
            raise TemplateError(position, "arguments are given to something that is not a function")
        return Command(position=position, operand=first, arguments=tuple(arguments))

    def operand(self, what: str) -> Operand:
        token = self.take()
        base = self.term(token, what)
        names: list[str] = [token.text[1:]] if token.kind == "field" else []
        while self.next.kind == "field" and not self.next.spaced:
            names.append(self.take().text[1:])
        if names and isinstance(base, Value | Function):
            raise TemplateError(token.position, f'"{token.text}" has no fields')
        return Fields(position=token.position, base=base, names=tuple(names)) if names else base

    def term(self, token: Token, what: str) -> Operand:
        position = token.position
        if token.kind in ("dot", "field"):
            return Dot(position=position)
        if token.kind == "variable":
            return Variable(position=position, name=token.text)
        if token.kind == "word":
            if token.text in _CONSTANTS:
                return Value(position=position, value=_CONSTANTS[token.text])
            return Function(position=position, name=token.text)
        if token.kind in _LITERALS:
            return self.literal(token)
        if token.text == "(":
            pipe = self.pipe("the parentheses")
            if not self.accept(")"):
                raise TemplateError(position, "the parenthesis is not closed")
            return pipe
        missing = "a value is missing" if token.kind == "close" else f'unexpected "{token.text}"'
        raise TemplateError(position, f"{missing} in {what}")

    def literal(self, token: Token) -> Value:
        try:
            return Value(position=token.position, value=_LITERALS[token.kind](token.text))
        except ValueError as error:
            raise TemplateError(token.position, str(error)) from None
