"""Reads a pickle as data: nothing that it names is imported, and nothing that it calls is run.

A stack machine over the opcodes that pickletools decodes. What a pickle names is a Global, a pair of strings; what it
asks to call is looked up in a table of constructors of data that is given with it (and the containers below), and
becomes a Record, a note of the name, the arguments and the state, where it is not there. Objects of unknown classes
are such records too, so a pickled module is a record whose state has its tensors.
"""

import pickletools
import sys
import warnings

MAX_BYTES = 1 << 27  # of one pickle: those of the largest published checkpoints have one
MAX_KEY_ITEMS = 64   # of a tuple that is a key, nested ones included
MIN_COPIED = 1 << 16  # items and characters that calls may be given in all, or four times the bytes read so far


class Malformed(Exception):
    """A pickle that is broken or asks for something that no checkpoint needs."""


class Global:
    """The name of a class or function, which stays a name."""

    __slots__ = ("module", "name")

    def __init__(self, module, name):
        self.module, self.name = module, name

    def __str__(self):
        return f"{self.module}.{self.name}"


class Record:
    """An object of a class that is not known here: what it was called with, its state, and what was put into it."""

    __slots__ = ("kind", "arguments", "state", "table", "elements")

    def __init__(self, kind, arguments=()):
        self.kind, self.arguments = kind, arguments
        self.state, self.table, self.elements = {}, {}, []

    def build(self, state):
        if isinstance(state, tuple) and len(state) == 2:  # of a class with slots
            states = [part for part in state if isinstance(part, dict)]
        else:
            states = [state] if isinstance(state, dict) else []
        for part in states:
            self.state.update(part)


def _pairs(arguments):
    """The dict that dict() or OrderedDict() makes of its arguments."""
    if not arguments:
        return {}
    if len(arguments) == 1 and isinstance(arguments[0], dict):
        return dict(arguments[0])
    if len(arguments) == 1 and isinstance(arguments[0], (list, tuple)):
        table = {}
        for pair in arguments[0]:
            if not isinstance(pair, (list, tuple)) or len(pair) != 2:
                raise Malformed("a dict of something else than pairs")
            table[key_of(pair[0])] = pair[1]
        return table
    raise Malformed("a dict of something else than pairs")


def _sequence(arguments, kind=list):
    if not arguments:
        return kind()
    if len(arguments) != 1 or not isinstance(arguments[0], (list, tuple)):
        raise Malformed("a list of something else than values")
    return kind(arguments[0])


def _encoded(arguments):
    """How protocols before 3 write bytes: text, one character a byte."""
    if not arguments or not isinstance(arguments[0], str):
        raise Malformed("bytes of something else than text")
    return arguments[0].encode("latin-1")


def _reconstructed(arguments):
    """copyreg's way to make an object of a class, for protocols before 2."""
    if not arguments or not isinstance(arguments[0], Global):
        raise Malformed("an object without a class")
    return Record(arguments[0])


# Containers and numbers that pickles make by a call. Sets are lists here: nothing looks anything up in them.
CONTAINERS = {
    ("collections", "OrderedDict"): _pairs,
    ("collections", "defaultdict"): lambda arguments: _pairs(arguments[1:]),
    ("collections", "Counter"): _pairs,
    ("collections", "deque"): lambda arguments: _sequence(arguments[:1]),
    ("builtins", "dict"): _pairs,
    ("builtins", "list"): _sequence,
    ("builtins", "tuple"): lambda arguments: _sequence(arguments, tuple),
    ("builtins", "set"): _sequence,
    ("builtins", "frozenset"): _sequence,
    ("_codecs", "encode"): _encoded,
    ("copyreg", "_reconstructor"): _reconstructed,
}

# What else of Python's own library may stand in a checkpoint: data, and what belongs to modules pickled whole. All
# become records. Any other name of it is that of a function or class that acts, and the pickle is refused.
INERT_MODULES = {"argparse", "array", "dataclasses", "datetime", "decimal", "enum", "fractions", "logging", "pathlib",
                 "random", "re", "threading", "typing", "uuid", "weakref", "_thread", "zoneinfo", "ipaddress"}
INERT_NAMES = {
    "builtins": {"object", "type", "bool", "int", "float", "complex", "str", "bytes", "bytearray", "slice", "range",
                 "NoneType", "ellipsis", "max", "min", "sum", "abs", "len", "getattr"},
    "collections": {"ChainMap", "UserDict", "UserList", "namedtuple"},
    "copyreg": {"__newobj__", "__newobj_ex__"},
    "functools": {"partial"},
    "math": {"inf", "nan", "sqrt", "tanh", "sin", "cos", "exp", "log"},
    "types": {"SimpleNamespace", "NoneType", "MappingProxyType"},
}

RENAMED = {"__builtin__": "builtins", "copy_reg": "copyreg"}  # Python 2's names


def is_acting(named):
    """Whether a Global is of Python's own library and not known to be data."""
    top = named.module.split(".")[0]
    known = (named.module, named.name) in CONTAINERS or named.name in INERT_NAMES.get(named.module, ())
    return (top in sys.stdlib_module_names or top == "commands") and top not in INERT_MODULES and not known


def key_of(value):
    """`value` as a key of a dict; refuses what would be slow or deep to hash."""
    budget = [MAX_KEY_ITEMS]

    def check(item, depth):
        budget[0] -= 1
        if budget[0] < 0 or depth > 4 or isinstance(item, (list, dict, bytearray)):
            raise Malformed("a dict with a list or a large tuple as key")
        if isinstance(item, int) and not -2**63 <= item < 2**64:
            raise Malformed("a dict with a number beyond 64 bits as key")
        if isinstance(item, tuple):
            for part in item:
                check(part, depth + 1)

    check(value, 0)
    return value


class _Mark:
    """Stands on the stack where the items of a container begin."""


_MARK = _Mark()

CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
ARGUMENTS = {  # opcodes that push the argument that pickletools has decoded
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT", "STRING", "BINSTRING",
    "SHORT_BINSTRING", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "BINBYTES", "BINBYTES8",
    "SHORT_BINBYTES", "BYTEARRAY8"}
EMPTY = {"EMPTY_LIST": list, "EMPTY_DICT": dict, "EMPTY_TUPLE": tuple, "EMPTY_SET": list}
TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
PUTS, GETS = {"PUT", "BINPUT", "LONG_BINPUT"}, {"GET", "BINGET", "LONG_BINGET"}
IGNORED = {"PROTO", "FRAME"}


class Reader:
    """One pickle. `constructors` is {(module, name): function of the tuple of arguments}, `persistent` a function of a
    persistent id; both make data. `inline` is {(module, name): function of a record that is complete and of the
    stream}, of classes whose data stands between the opcodes."""

    def __init__(self, constructors, persistent, inline=None):
        self._constructors = {**CONTAINERS, **constructors}
        self._persistent, self._inline, self._stream = persistent, inline or {}, None
        self._globals, self._stack, self._memo = {}, [], {}
        self._position = self._copied = 0

    def read(self, stream):
        """The object of the pickle where `stream` stands, which is left behind its end."""
        with warnings.catch_warnings():  # such as of escapes in its strings
            warnings.simplefilter("ignore")
            return self._read(stream)

    def _read(self, stream):
        begin, self._stream = stream.tell(), stream
        try:
            for opcode, argument, position in pickletools.genops(stream):
                if position - begin > MAX_BYTES:
                    raise Malformed(f"a pickle of more than {MAX_BYTES} bytes")
                self._position = position - begin
                if opcode.name == "STOP":
                    return self._pop()
                self._run(opcode.name, argument)
        except (ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError, UnicodeError) as error:
            raise Malformed(f"a broken pickle: {error}") from None
        raise Malformed("a broken pickle: no end")

    def _run(self, name, argument):
        if name in ARGUMENTS:
            self._push(argument)
        elif name in CONSTANTS:
            self._push(CONSTANTS[name])
        elif name in EMPTY:
            self._push(EMPTY[name]())
        elif name in TUPLES:
            self._push(tuple(self._pop_many(TUPLES[name])))
        elif name in PUTS:
            self._memo[int(argument)] = self._top()
        elif name in GETS:
            self._push(self._memo[int(argument)])
        elif name not in IGNORED:
            operation = getattr(self, "_op_" + name.lower(), None)
            if operation is None:
                raise Malformed(f"a broken pickle: opcode {name}")
            operation(argument)

    # The stack. A mark is never taken for a value.

    def _push(self, value):
        self._stack.append(value)

    def _top(self):
        if not self._stack or self._stack[-1] is _MARK:
            raise Malformed("a broken pickle: nothing on the stack")
        return self._stack[-1]

    def _pop(self):
        value = self._top()
        self._stack.pop()
        return value

    def _pop_many(self, count):
        return [self._pop() for _ in range(count)][::-1]

    def _pop_to_mark(self):
        items = []
        while self._stack:
            item = self._stack.pop()
            if item is _MARK:
                return items[::-1]
            items.append(item)
        raise Malformed("a broken pickle: no mark on the stack")

    # Opcodes with more to do, by the names that pickletools gives them.

    def _op_mark(self, _):
        self._push(_MARK)

    def _op_pop(self, _):
        self._stack.pop()

    def _op_pop_mark(self, _):
        self._pop_to_mark()

    def _op_dup(self, _):
        self._push(self._top())

    def _op_memoize(self, _):
        self._memo[len(self._memo)] = self._top()

    def _op_tuple(self, _):
        self._push(tuple(self._pop_to_mark()))

    def _op_list(self, _):
        self._push(self._pop_to_mark())

    _op_frozenset = _op_list

    def _op_dict(self, _):
        items, table = self._pop_to_mark(), {}
        self._set_items(table, items)
        self._push(table)

    def _op_append(self, _):
        item = self._pop()
        self._extend([item])

    def _op_appends(self, _):
        self._extend(self._pop_to_mark())

    _op_additems = _op_appends

    def _extend(self, items):
        target = self._top()
        elements = target.elements if isinstance(target, Record) else target
        if not isinstance(elements, list):
            raise Malformed("a broken pickle: items for what is no list")
        elements.extend(items)

    def _op_setitem(self, _):
        items = self._pop_many(2)
        self._set_items(self._top(), items)

    def _op_setitems(self, _):
        items = self._pop_to_mark()
        self._set_items(self._top(), items)

    @staticmethod
    def _set_items(target, items):
        table = target.table if isinstance(target, Record) else target
        if not isinstance(table, dict) or len(items) % 2:
            raise Malformed("a broken pickle: keys and values for what is no dict")
        for key, value in zip(items[::2], items[1::2]):
            table[key_of(key)] = value

    def _op_persid(self, argument):
        self._push(self._persistent(argument))

    def _op_binpersid(self, _):
        self._push(self._persistent(self._pop()))

    # Names and calls.

    def _op_global(self, argument):
        module, _, name = argument.partition(" ")
        self._push(self._global(module, name))

    def _op_stack_global(self, _):
        module, name = self._pop_many(2)
        if not isinstance(module, str) or not isinstance(name, str):
            raise Malformed("a broken pickle: a name that is no text")
        self._push(self._global(module, name))

    def _global(self, module, name):
        named = Global(RENAMED.get(module, module), name)
        if is_acting(named):
            raise Malformed(f"pickled code ({named}), which no checkpoint needs and which is not run here")
        return self._globals.setdefault((named.module, named.name), named)

    def _op_inst(self, argument):
        module, _, name = argument.partition(" ")
        arguments = self._pop_to_mark()
        self._push(self._call(self._global(module, name), tuple(arguments)))

    def _op_obj(self, _):
        items = self._pop_to_mark()
        if not items:
            raise Malformed("a broken pickle: an object without a class")
        self._push(self._call(items[0], tuple(items[1:])))

    def _op_reduce(self, _):
        self._push(self._call(*self._pop_many(2)))

    _op_newobj = _op_reduce

    def _op_newobj_ex(self, _):
        named, arguments, _ = self._pop_many(3)
        self._push(self._call(named, arguments))

    def _call(self, named, arguments):
        if not isinstance(arguments, tuple):
            raise Malformed("a broken pickle: arguments that are no tuple")
        if not isinstance(named, Global):  # what is called was itself called for: such as a bound method
            return Record(named, arguments)
        construct = self._constructors.get((named.module, named.name))
        # What is called may copy its arguments, which a pickle can name again and again at no cost.
        self._copied += sum(len(part) for part in arguments if isinstance(part, (list, tuple, dict, str, bytes)))
        if self._copied > max(MIN_COPIED, 4 * self._position):
            raise Malformed("calls that copy the same data too often")
        return construct(arguments) if construct else Record(named, arguments)

    def _op_build(self, _):
        state = self._pop()
        target = self._top()
        if hasattr(target, "build"):
            target.build(state)
            kind = target.kind if isinstance(target, Record) else None
            place = self._inline.get((kind.module, kind.name)) if isinstance(kind, Global) else None
            if place:
                self._stack[-1] = place(target, self._stream)
        elif not isinstance(target, (dict, list)):  # an OrderedDict's attributes are of no interest
            raise Malformed("a broken pickle: a state for what has none")
