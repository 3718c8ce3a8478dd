"""Imaging: what was imaged, the report's words, and a report as a small valid PDF."""

from dataclasses import dataclass

from sandbox.laboratory.finding import Study


@dataclass(frozen=True, slots=True)
class Image:
    """One kind of examination, with an ordinary report of it."""

    title: str
    modality: str
    region: str
    findings: str
    impression: str
    series: tuple[tuple[str, int], ...] = (("Localiser", 2),)

    def study(self) -> Study:
        return Study(self.modality, self.title, self.region, self.series)


CHEST = Image(
    "X-ray chest", "DX", "Chest",
    "Heart size at the upper limit of normal. Lungs and pleural spaces are clear. No bony abnormality.",
    "No acute abnormality.", (("PA erect", 1),),
)  # fmt: skip
CHEST_PNEUMONIA = Image(
    "X-ray chest", "DX", "Chest",
    "Patchy consolidation in the right lower zone. Small right pleural effusion. Heart not enlarged.",
    "Right lower lobe pneumonia. Repeat film in six weeks to confirm that it has cleared.", (("AP sitting", 1),),
)  # fmt: skip
WRIST = Image(
    "X-ray wrist left", "DX", "Left wrist",
    "Buckle fracture of the distal radial metaphysis. Normal alignment. Ulna intact.",
    "Buckle fracture, left distal radius.", (("AP", 1), ("Lateral", 1)),
)  # fmt: skip
HIP = Image(
    "X-ray pelvis and left hip", "DX", "Pelvis",
    "Displaced intracapsular fracture of the left femoral neck. Degenerative change in both hips.",
    "Left neck of femur fracture.", (("AP pelvis", 1), ("Lateral hip", 1)),
)  # fmt: skip
CT_HEAD = Image(
    "CT head", "CT", "Head",
    "No intracranial haemorrhage or extra-axial collection. Grey-white differentiation is preserved. "
    "Moderate small vessel change.",
    "No acute intracranial abnormality.", (("Axial 5 mm", 34), ("Bone 1 mm", 160)),
)  # fmt: skip
CT_AORTA = Image(
    "CT aorta, contrast", "CT", "Thorax and abdomen",
    "No aortic dissection or intramural haematoma. Moderate coronary artery calcification. No pericardial effusion. "
    "Kidneys of normal size, no hydronephrosis. Small right pleural effusion.",
    "No aortic dissection. Coronary calcification.", (("Unenhanced", 90), ("Arterial", 320)),
)  # fmt: skip
CT_ABDOMEN = Image(
    "CT abdomen and pelvis, contrast", "CT", "Abdomen",
    "Liver, spleen, pancreas and adrenals are normal. Simple cyst in the left kidney, 14 mm. No lymphadenopathy. "
    "Sigmoid diverticulosis without inflammation.",
    "No acute abnormality. Diverticulosis.", (("Portal venous", 240),),
)  # fmt: skip
MRI_SPINE = Image(
    "MRI lumbar spine", "MR", "Lumbar spine",
    "L4/5: broad-based disc bulge with a left paracentral protrusion touching the traversing L5 root. "
    "L5/S1: loss of disc height. Conus at L1, normal signal.",
    "Left L4/5 disc protrusion, correlates with an L5 radiculopathy.",
    (("T2 sagittal", 15), ("T1 sagittal", 15), ("T2 axial", 24)),
)  # fmt: skip
MRI_BREAST = Image(
    "MRI breast both", "MR", "Breast",
    "Right: 16 mm enhancing mass at 10 o'clock, biopsy proven. No further focus. Left: no suspicious enhancement. "
    "No enlarged axillary nodes.",
    "Unifocal right breast cancer, 16 mm.", (("T2", 60), ("Dynamic", 480)),
)  # fmt: skip
US_KIDNEYS = Image(
    "Ultrasound renal tract", "US", "Kidneys",
    "Right kidney 10.4 cm, left kidney 10.1 cm. Cortical thinning on both sides. "
    "No hydronephrosis. Bladder empties completely.",
    "Small kidneys with thin cortex; no obstruction.", (("Renal", 18),),
)  # fmt: skip
US_ABDOMEN = Image(
    "Ultrasound abdomen", "US", "Abdomen",
    "Gallbladder contains several mobile calculi, the largest 9 mm. Common duct 4 mm. Liver of normal echotexture.",
    "Gallstones without duct dilatation.", (("Abdomen", 22),),
)  # fmt: skip


def pdf_of(title: str, text: str) -> bytes:
    """Return a one-page PDF 1.4 that says this. Only Helvetica and ASCII, so that it needs no font file."""
    lines = [title, "", *_wrapped(text, 90)]
    drawn = " T* ".join(f"({_escaped(line)}) Tj" for line in lines)
    content = f"BT /F1 11 Tf 14 TL 50 790 Td {drawn} ET".encode("ascii", "replace")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Font << /F1 5 0 R >> >>",
    )
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        size,
        table,
        size,
        len(out),
    )


def _wrapped(text: str, width: int) -> list[str]:
    lines, line = [], ""
    for word in text.split():
        if len(line) + len(word) >= width:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    return [*lines, line]


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
