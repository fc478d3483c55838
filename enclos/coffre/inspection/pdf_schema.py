"""All that a readable PDF may contain: pages, what they draw, and nothing else (ISO 32000-1).

Each kind of object lists the keys it keeps and the kind of what they hold. What is not written here does not go into
the readable copy: scripts, actions, links, forms, embedded files, metadata, outlines, layers, tags, 3D, sound, film.
A list of what is allowed cannot forget a danger, as a list of what is forbidden would.
"""

from typing import Final

# Not an object to follow: numbers, names, texts, and arrays of them.
LEAF: Final = "leaf"

_STREAM = {"/Length": LEAF, "/Filter": LEAF, "/DecodeParms": "parameters"}
_FUNCTION = {
    **_STREAM, "/FunctionType": LEAF, "/Domain": LEAF, "/Range": LEAF, "/Size": LEAF, "/BitsPerSample": LEAF,
    "/Order": LEAF, "/Encode": LEAF, "/Decode": LEAF, "/C0": LEAF, "/C1": LEAF, "/N": LEAF, "/Functions": "function",
    "/Bounds": LEAF,
}  # fmt: skip

# Kind → the keys kept → the kind of their value. "*" stands for every key: dictionaries whose keys are names chosen
# by the document. An array holds values of the kind written for it.
SCHEMA: Final[dict[str, dict[str, str]]] = {
    "page": {
        "/Type": LEAF, "/MediaBox": LEAF, "/CropBox": LEAF, "/Rotate": LEAF, "/UserUnit": LEAF,
        "/Contents": "content", "/Resources": "resources", "/Group": "group",
    },
    "content": _STREAM,
    "parameters": {
        "/Predictor": LEAF, "/Colors": LEAF, "/BitsPerComponent": LEAF, "/Columns": LEAF, "/EarlyChange": LEAF,
        "/K": LEAF, "/EndOfLine": LEAF, "/EncodedByteAlign": LEAF, "/Rows": LEAF, "/EndOfBlock": LEAF,
        "/BlackIs1": LEAF, "/DamagedRowsBeforeError": LEAF, "/ColorTransform": LEAF, "/JBIG2Globals": "content",
    },
    "resources": {
        "/ExtGState": "states", "/ColorSpace": "colours", "/Pattern": "patterns", "/Shading": "shadings",
        "/XObject": "drawings", "/Font": "fonts",
    },
    "states": {"*": "state"},
    "colours": {"*": "colour"},
    "patterns": {"*": "pattern"},
    "shadings": {"*": "shading"},
    "drawings": {"*": "drawing"},
    "fonts": {"*": "font"},
    "group": {"/Type": LEAF, "/S": LEAF, "/CS": "colour", "/I": LEAF, "/K": LEAF},
    "drawing": {  # images and forms; `/Subtype /PS` is refused by the walker
        **_STREAM, "/Type": LEAF, "/Subtype": LEAF,
        "/Width": LEAF, "/Height": LEAF, "/ColorSpace": "colour", "/BitsPerComponent": LEAF, "/Intent": LEAF,
        "/ImageMask": LEAF, "/Mask": "drawing", "/Decode": LEAF, "/Interpolate": LEAF, "/SMask": "drawing",
        "/SMaskInData": LEAF, "/Matte": LEAF,
        "/FormType": LEAF, "/BBox": LEAF, "/Matrix": LEAF, "/Resources": "resources", "/Group": "group",
    },
    "state": {
        "/Type": LEAF, "/LW": LEAF, "/LC": LEAF, "/LJ": LEAF, "/ML": LEAF, "/D": LEAF, "/RI": LEAF, "/OP": LEAF,
        "/op": LEAF, "/OPM": LEAF, "/Font": "font", "/FL": LEAF, "/SM": LEAF, "/SA": LEAF, "/BM": LEAF,
        "/SMask": "soft mask", "/CA": LEAF, "/ca": LEAF, "/AIS": LEAF, "/TK": LEAF,
    },
    "soft mask": {"/Type": LEAF, "/S": LEAF, "/G": "drawing", "/BC": LEAF, "/TR": "function"},
    "colour": {  # an array such as [/ICCBased stream] or [/Separation name base function]
        **_FUNCTION, "/Alternate": "colour", "/WhitePoint": LEAF, "/BlackPoint": LEAF, "/Gamma": LEAF,
        "/Matrix": LEAF, "/CS": "colour",
    },
    "function": _FUNCTION,
    "pattern": {
        **_STREAM, "/Type": LEAF, "/PatternType": LEAF, "/PaintType": LEAF, "/TilingType": LEAF, "/BBox": LEAF,
        "/XStep": LEAF, "/YStep": LEAF, "/Matrix": LEAF, "/Resources": "resources", "/Shading": "shading",
        "/ExtGState": "state",
    },
    "shading": {
        **_STREAM, "/ShadingType": LEAF, "/ColorSpace": "colour", "/Background": LEAF, "/BBox": LEAF,
        "/AntiAlias": LEAF, "/Coords": LEAF, "/Domain": LEAF, "/Function": "function", "/Extend": LEAF,
        "/Matrix": LEAF, "/BitsPerCoordinate": LEAF, "/BitsPerComponent": LEAF, "/BitsPerFlag": LEAF,
        "/Decode": LEAF, "/VerticesPerRow": LEAF,
    },
    "font": {
        "/Type": LEAF, "/Subtype": LEAF, "/BaseFont": LEAF, "/FirstChar": LEAF, "/LastChar": LEAF, "/Widths": LEAF,
        "/FontDescriptor": "descriptor", "/Encoding": "encoding", "/ToUnicode": "character map",
        "/DescendantFonts": "font", "/CIDSystemInfo": "system", "/DW": LEAF, "/W": LEAF, "/DW2": LEAF, "/W2": LEAF,
        "/CIDToGIDMap": "content", "/FontBBox": LEAF, "/FontMatrix": LEAF, "/CharProcs": "glyphs",
        "/Resources": "resources",
    },
    "system": {"/Registry": LEAF, "/Ordering": LEAF, "/Supplement": LEAF},
    "encoding": {
        "/Type": LEAF, "/BaseEncoding": LEAF, "/Differences": LEAF, **_STREAM, "/CMapName": LEAF,
        "/CIDSystemInfo": "system", "/WMode": LEAF, "/UseCMap": "character map",
    },
    "character map": {
        **_STREAM, "/Type": LEAF, "/CMapName": LEAF, "/CIDSystemInfo": "system", "/WMode": LEAF,
        "/UseCMap": "character map",
    },
    "glyphs": {"*": "content"},
    "descriptor": {
        "/Type": LEAF, "/FontName": LEAF, "/FontFamily": LEAF, "/FontStretch": LEAF, "/FontWeight": LEAF,
        "/Flags": LEAF, "/FontBBox": LEAF, "/ItalicAngle": LEAF, "/Ascent": LEAF, "/Descent": LEAF, "/Leading": LEAF,
        "/CapHeight": LEAF, "/XHeight": LEAF, "/StemV": LEAF, "/StemH": LEAF, "/AvgWidth": LEAF, "/MaxWidth": LEAF,
        "/MissingWidth": LEAF, "/CharSet": LEAF, "/CIDSet": "content", "/FontFile": "font file",
        "/FontFile2": "font file", "/FontFile3": "font file",
    },
    "font file": {**_STREAM, "/Subtype": LEAF, "/Length1": LEAF, "/Length2": LEAF, "/Length3": LEAF},
}  # fmt: skip
